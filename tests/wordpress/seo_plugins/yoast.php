<?php
/**
 * Stands in for Yoast SEO: the head comes from a table of its own, which is built when a post or a term is saved, and
 * at shutdown for posts whose meta changed.
 */
define( 'WPSEO_VERSION', '28.3' );

/**
 * Keeps the fields of terms in one option, and cleans what it is given.
 */
class WPSEO_Taxonomy_Meta {

	/**
	 * Fields of one term, with its defaults.
	 *
	 * @param int|WP_Term $term     Term.
	 * @param string      $taxonomy Taxonomy.
	 * @return array<string,string>|false
	 */
	public static function get_term_meta( $term, $taxonomy ) {
		$id  = is_object( $term ) ? $term->term_id : $term;
		$all = get_option( 'wpseo_taxonomy_meta', array() );
		return get_term( $id, $taxonomy ) instanceof WP_Term
			? array_merge( array_fill_keys( array( 'wpseo_title', 'wpseo_desc', 'wpseo_canonical', 'wpseo_focuskw', 'wpseo_bctitle' ), '' ), isset( $all[ $taxonomy ][ $id ] ) ? $all[ $taxonomy ][ $id ] : array() )
			: false;
	}

	/**
	 * Replaces the fields of one term.
	 *
	 * @param int                  $id       Term.
	 * @param string               $taxonomy Taxonomy.
	 * @param array<string,string> $values   Fields, slashed.
	 */
	public static function set_values( $id, $taxonomy, array $values ) {
		$all                     = get_option( 'wpseo_taxonomy_meta', array() );
		$all[ $taxonomy ][ $id ] = array_filter( array_map( 'sanitize_text_field', array_map( 'stripslashes', $values ) ) );
		update_option( 'wpseo_taxonomy_meta', $all );
	}
}

$igny8_indexables = $GLOBALS['wpdb']->prefix . 'yoast_indexable';
$GLOBALS['wpdb']->query( "CREATE TABLE IF NOT EXISTS $igny8_indexables (kind varchar(8), object_id bigint, title text, description text, canonical text, PRIMARY KEY (kind, object_id)) ENGINE=InnoDB" );

$igny8_index = static function ( $kind, $id ) use ( $igny8_indexables ) {
	if ( 'post' === $kind ) {
		$fields = array( get_post_meta( $id, '_yoast_wpseo_title', true ), get_post_meta( $id, '_yoast_wpseo_metadesc', true ), get_post_meta( $id, '_yoast_wpseo_canonical', true ) );
	} else {
		$meta   = WPSEO_Taxonomy_Meta::get_term_meta( $id, get_term( $id )->taxonomy );
		$fields = array( $meta['wpseo_title'], $meta['wpseo_desc'], $meta['wpseo_canonical'] );
	}
	$row = array_combine( array( 'title', 'description', 'canonical' ), $fields );
	$GLOBALS['wpdb']->replace( $igny8_indexables, array_merge( $row, array( 'kind' => $kind, 'object_id' => $id ) ) );
};
add_action(
	'wp_insert_post',
	static function ( $id ) use ( $igny8_index ) {
		$igny8_index( 'post', $id );
	},
	PHP_INT_MAX
);
foreach ( array( 'created_term', 'edited_term' ) as $igny8_action ) {
	add_action(
		$igny8_action,
		static function ( $id ) use ( $igny8_index ) {
			$igny8_index( 'term', $id );
		},
		PHP_INT_MAX
	);
}
$igny8_changed = new ArrayObject();
foreach ( array( 'added_post_meta', 'updated_post_meta', 'deleted_post_meta' ) as $igny8_action ) {
	add_action(
		$igny8_action,
		static function ( $meta_id, $id, $key ) use ( $igny8_changed ) {
			if ( 0 === strpos( $key, '_yoast_wpseo_' ) ) {
				$igny8_changed[ $id ] = true;
			}
		},
		10,
		3
	);
}
add_action(
	'shutdown',
	static function () use ( $igny8_changed, $igny8_index ) {
		foreach ( array_keys( $igny8_changed->getArrayCopy() ) as $id ) {
			if ( get_post( $id ) ) {
				$igny8_index( 'post', $id );
			}
		}
	}
);
igny8_stand_in_head(
	static function ( $kind, $id ) use ( $igny8_indexables ) {
		$row = $GLOBALS['wpdb']->get_row( $GLOBALS['wpdb']->prepare( "SELECT title, description, canonical FROM $igny8_indexables WHERE kind = %s AND object_id = %d", $kind, $id ), ARRAY_N ); // phpcs:ignore
		return is_array( $row ) ? $row : array( '', '', '' );
	}
);
