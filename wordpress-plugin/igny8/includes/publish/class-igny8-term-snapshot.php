<?php
/**
 * The old version of a term.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Keeps a term as it is in the database and puts it back, for when a rollback could not.
 */
class IGNY8_Term_Snapshot {

	/**
	 * The term, its place and its meta.
	 *
	 * @param int $term_id Term.
	 * @return array<string,mixed>
	 */
	public static function take( $term_id ) {
		global $wpdb;
		$term  = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->terms} WHERE term_id = %d", $term_id ), ARRAY_A );
		$place = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->term_taxonomy} WHERE term_id = %d", $term_id ), ARRAY_A );
		$all   = get_option( IGNY8_Yoast_Terms::OPTION );
		return array(
			'term'  => $term,
			'place' => $place,
			'meta'  => $wpdb->get_results( $wpdb->prepare( "SELECT meta_id, term_id, meta_key, meta_value FROM {$wpdb->termmeta} WHERE term_id = %d ORDER BY meta_id", $term_id ), ARRAY_A ),
			'yoast' => isset( $all[ $place['taxonomy'] ][ $term_id ] ) ? $all[ $place['taxonomy'] ][ $term_id ] : null,
		);
	}

	/**
	 * Puts the old version back where it differs.
	 *
	 * @param array<string,mixed> $old What was taken.
	 */
	public static function restore( $old ) {
		global $wpdb;
		$term_id  = (int) $old['term']['term_id'];
		$taxonomy = $old['place']['taxonomy'];
		IGNY8_Yoast_Terms::clean_cache();
		$now = self::take( $term_id );
		if ( $now !== $old ) {
			$wpdb->replace( $wpdb->terms, $old['term'] );
			$wpdb->replace( $wpdb->term_taxonomy, $old['place'] );
			$wpdb->delete( $wpdb->termmeta, array( 'term_id' => $term_id ) );
			foreach ( $old['meta'] as $meta ) {
				$wpdb->insert( $wpdb->termmeta, $meta );
			}
		}
		if ( $now['yoast'] !== $old['yoast'] ) {
			$all = (array) get_option( IGNY8_Yoast_Terms::OPTION, array() );
			unset( $all[ $taxonomy ][ $term_id ] );
			if ( null !== $old['yoast'] ) {
				$all[ $taxonomy ][ $term_id ] = $old['yoast'];
			}
			IGNY8_Yoast_Terms::save( $all );
		}
		clean_term_cache( $term_id, $taxonomy );
	}
}
