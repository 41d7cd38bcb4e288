<?php
/**
 * SEO fields of terms.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Writes them where the site's SEO plugin reads them, and always in our own term meta. All in One SEO keeps fields of
 * terms only in its paid version: there ours are held, and it prints its own.
 */
class IGNY8_Term_Seo {

	/**
	 * Keys of term meta, where they are not those of posts.
	 */
	const PLUGINS = array( 'rankmath', 'seopress' );

	/**
	 * Writes the fields; an empty one is emptied.
	 *
	 * @param int                 $term_id  Term.
	 * @param string              $taxonomy Taxonomy.
	 * @param array<string,mixed> $seo      SEO part of the payload.
	 */
	public static function write( $term_id, $taxonomy, $seo ) {
		foreach ( self::meta( $seo ) as $key => $value ) {
			if ( '' === $value ) {
				delete_term_meta( $term_id, $key );
			} else {
				update_term_meta( $term_id, $key, wp_slash( $value ) );
			}
		}
		if ( IGNY8_Yoast_Terms::is_there() ) {
			IGNY8_Yoast_Terms::write( $term_id, $taxonomy, self::yoast( $seo ) );
		}
	}

	/**
	 * Whether the database holds them.
	 *
	 * @param int                 $term_id  Term.
	 * @param string              $taxonomy Taxonomy.
	 * @param array<string,mixed> $seo      SEO part of the payload.
	 * @return bool
	 */
	public static function holds( $term_id, $taxonomy, $seo ) {
		wp_cache_delete( $term_id, 'term_meta' );
		foreach ( self::meta( $seo ) as $key => $value ) {
			if ( (string) get_term_meta( $term_id, $key, true ) !== $value ) {
				return false;
			}
		}
		if ( ! IGNY8_Yoast_Terms::is_there() ) {
			return true;
		}
		IGNY8_Yoast_Terms::clean_cache();
		$expected = self::yoast( $seo );
		return array_intersect_key( IGNY8_Yoast_Terms::read( $term_id, $taxonomy ), $expected ) === $expected;
	}

	/**
	 * The fields of terms.
	 *
	 * @param array<int,WP_Term> $terms Terms.
	 * @return array<int,array<string,mixed>> As the contract's `seo`, by key of the list.
	 */
	public static function read( $terms ) {
		$ids  = wp_list_pluck( $terms, 'term_id' );
		$meta = self::stored( $ids );
		$seo  = array();
		// All in One SEO keeps fields of terms elsewhere: there ours are told.
		$holder = IGNY8_Yoast_Terms::is_there() || in_array( IGNY8_Seo::active(), self::PLUGINS, true ) ? IGNY8_Seo::active() : 'none';
		foreach ( $terms as $key => $term ) {
			$values = isset( $meta[ $term->term_id ] ) ? $meta[ $term->term_id ] : array();
			if ( 'yoast' === $holder ) {
				$values = self::from_yoast( $term, $values );
			}
			$seo[ $key ] = IGNY8_Seo_Reader::of_term( $values, $holder );
		}
		return $seo;
	}

	/**
	 * Meta of terms, past the object cache.
	 *
	 * @param int[] $ids Term ids.
	 * @return array<int,array<string,string>> By term id and key.
	 */
	private static function stored( $ids ) {
		global $wpdb;
		$meta = array();
		$list = implode( ',', array_map( 'intval', $ids ) );
		$keys = implode( "','", array_map( 'esc_sql', IGNY8_Seo_Reader::meta_keys() ) );
		foreach ( '' === $list ? array() : $wpdb->get_results( "SELECT term_id, meta_key, meta_value FROM {$wpdb->termmeta} WHERE term_id IN ($list) AND meta_key IN ('$keys') ORDER BY meta_id DESC", ARRAY_N ) as $row ) { // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
			$meta[ (int) $row[0] ][ $row[1] ] = (string) $row[2];
		}
		return $meta;
	}

	/**
	 * What Yoast holds, under the keys that it has for posts.
	 *
	 * @param WP_Term              $term   Term.
	 * @param array<string,string> $values Meta of the term.
	 * @return array<string,string>
	 */
	private static function from_yoast( $term, $values ) {
		foreach ( IGNY8_Yoast_Terms::read( $term->term_id, $term->taxonomy ) as $field => $value ) {
			$values[ IGNY8_Seo::META['yoast'][ $field ] ] = $value;
		}
		return $values;
	}

	/**
	 * Values by key of term meta.
	 *
	 * @param array<string,mixed> $seo SEO part of the payload.
	 * @return array<string,string>
	 */
	private static function meta( $seo ) {
		$values = array( IGNY8_Seo::FOCUS => implode( ', ', $seo['focus_keywords'] ) );
		foreach ( IGNY8_Seo::OWN as $field => $key ) {
			$values[ $key ] = $seo[ $field ];
		}
		$active = IGNY8_Seo::active();
		return in_array( $active, self::PLUGINS, true ) ? array_merge( $values, IGNY8_Seo::plugin_meta( $active, $seo, 'term' ) ) : $values;
	}

	/**
	 * Values as Yoast stores them.
	 *
	 * @param array<string,mixed> $seo SEO part of the payload.
	 * @return array<string,string> By field.
	 */
	private static function yoast( $seo ) {
		return IGNY8_Seo::stored( 'yoast', $seo, 'term' );
	}
}
