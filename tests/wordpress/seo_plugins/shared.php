<?php
/**
 * What the stand-ins share: they print title, description and canonical of what a visitor asked for. Each does to a text
 * what the plugin it stands in for does to it, as measured on Yoast SEO 28.4, Rank Math 1.0.273, All in One SEO 4.9.9
 * and SEOPress 9.7.4.
 */

/**
 * Prints a head from what a reader returns, in the place of core's.
 *
 * @param callable $read Takes 'post' or 'term' and an id; returns title, description and canonical as the plugin prints
 *                       them, but for the escaping, which leaves character references as they are.
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

/**
 * A variable's value; these two stand for all.
 *
 * @param string $name Variable.
 * @param string $kind Kind, post or term.
 * @param int    $id   Id.
 * @return string
 */
function igny8_stand_in_variable( $name, $kind, $id ) {
	if ( 'sep' === $name || 'separator_sa' === $name ) {
		return '-';
	}
	if ( ! in_array( $name, array( 'title', 'post_title', 'term_title' ), true ) ) {
		return '';
	}
	return 'post' === $kind ? get_post( $id )->post_title : get_term( $id )->name;
}
