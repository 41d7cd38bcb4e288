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

	const YOAST = array(
		'title'       => 'wpseo_title',
		'description' => 'wpseo_desc',
		'canonical'   => 'wpseo_canonical',
		'focus'       => 'wpseo_focuskw',
	);

	/**
	 * Keys of term meta, where they are not those of posts.
	 */
	const PLUGINS = array( 'rankmath', 'seopress' );

	/**
	 * Whether a visitor will be served what is written.
	 *
	 * @return bool
	 */
	public static function supported() {
		return 'aioseo' !== IGNY8_Seo::active();
	}

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
		if ( self::has_yoast() ) {
			$there  = WPSEO_Taxonomy_Meta::get_term_meta( $term_id, $taxonomy );
			$values = array_merge( is_array( $there ) ? $there : array(), self::yoast( $seo ) );
			WPSEO_Taxonomy_Meta::set_values( $term_id, $taxonomy, array_map( array( __CLASS__, 'slashed' ), $values ) );
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
		if ( ! self::has_yoast() ) {
			return true;
		}
		$there = WPSEO_Taxonomy_Meta::get_term_meta( $term_id, $taxonomy );
		return is_array( $there ) && sanitize_text_field( $seo['title'] ) === $there['wpseo_title'] && sanitize_text_field( $seo['description'] ) === $there['wpseo_desc'];
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
		$holder = self::has_yoast() || in_array( IGNY8_Seo::active(), self::PLUGINS, true ) ? IGNY8_Seo::active() : 'none';
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
		$there = WPSEO_Taxonomy_Meta::get_term_meta( $term->term_id, $term->taxonomy );
		foreach ( self::YOAST as $field => $key ) {
			$values[ IGNY8_Seo::META['yoast'][ $field ] ] = is_array( $there ) && isset( $there[ $key ] ) && is_string( $there[ $key ] ) ? $there[ $key ] : '';
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
		if ( in_array( $active, self::PLUGINS, true ) ) {
			foreach ( IGNY8_Seo::META[ $active ] as $field => $key ) {
				$values[ $key ] = 'focus' === $field ? implode( ',', $seo['focus_keywords'] ) : $seo[ $field ];
			}
		}
		return $values;
	}

	/**
	 * Values as Yoast names them.
	 *
	 * @param array<string,mixed> $seo SEO part of the payload.
	 * @return array<string,string>
	 */
	private static function yoast( $seo ) {
		$values = array();
		foreach ( self::YOAST as $field => $key ) {
			$values[ $key ] = 'focus' === $field ? ( isset( $seo['focus_keywords'][0] ) ? $seo['focus_keywords'][0] : '' ) : $seo[ $field ];
		}
		return $values;
	}

	/**
	 * Whether Yoast's own class is there to write with.
	 *
	 * @return bool
	 */
	private static function has_yoast() {
		return 'yoast' === IGNY8_Seo::active() && is_callable( array( 'WPSEO_Taxonomy_Meta', 'set_values' ) );
	}

	/**
	 * A value with slashes, when it is text.
	 *
	 * @param mixed $value Value.
	 * @return mixed
	 */
	private static function slashed( $value ) {
		return is_string( $value ) ? wp_slash( $value ) : $value;
	}
}
