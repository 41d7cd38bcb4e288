<?php
/**
 * What the stand-ins share: they print title, description and canonical of what a visitor asked for.
 */

/**
 * Prints a head from what a reader returns, in the place of core's.
 *
 * @param callable $read Takes 'post' or 'term' and an id; returns title, description and canonical.
 */
function igny8_stand_in_head( $read ) {
	$fields = static function () use ( $read ) {
		$object = get_queried_object();
		if ( is_singular() ) {
			return $read( 'post', $object->ID );
		}
		return $object instanceof WP_Term ? $read( 'term', $object->term_id ) : array( '', '', '' );
	};
	add_filter(
		'pre_get_document_title',
		static function ( $title ) use ( $fields ) {
			list( $own ) = $fields();
			return '' === (string) $own ? $title : esc_html( $own );
		},
		15
	);
	add_action(
		'wp_head',
		static function () use ( $fields ) {
			list( , $description, $canonical ) = $fields();
			remove_action( 'wp_head', 'rel_canonical' );
			if ( '' !== (string) $description ) {
				echo '<meta name="description" content="' . esc_attr( $description ) . '">' . "\n";
			}
			if ( '' !== (string) $canonical ) {
				echo '<link rel="canonical" href="' . esc_url( $canonical ) . '">' . "\n";
			}
		},
		1
	);
}
