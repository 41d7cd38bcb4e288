<?php
/**
 * Yoast SEO's fields of terms.
 *
 * @package IGNY8
 */

/**
 * Yoast SEO keeps the fields of all terms in one option. Its own function to save them writes every field of a term anew;
 * here only ours change, and every other byte of the option stays.
 */
class IGNY8_Yoast_Terms {

	const OPTION = 'wpseo_taxonomy_meta';

	const FIELDS = array(
		'title'       => 'wpseo_title',
		'description' => 'wpseo_desc',
		'canonical'   => 'wpseo_canonical',
		'focus'       => 'wpseo_focuskw',
	);

	/**
	 * Whether Yoast SEO is active with this option.
	 *
	 * @return bool
	 */
	public static function is_there() {
		return 'yoast' === IGNY8_Seo::active() && is_callable( array( 'WPSEO_Taxonomy_Meta', 'validate_term_meta_data' ) );
	}

	/**
	 * A value as Yoast SEO stores it; it takes values without slashes.
	 *
	 * @param string $field One of FIELDS.
	 * @param string $value Value.
	 * @return string
	 */
	public static function clean( $field, $value ) {
		$key   = self::FIELDS[ $field ];
		$clean = call_user_func( array( 'WPSEO_Taxonomy_Meta', 'validate_term_meta_data' ), array( $key => $value ), array() );
		return isset( $clean[ $key ] ) && is_string( $clean[ $key ] ) ? $clean[ $key ] : '';
	}

	/**
	 * The fields of a term as they are stored.
	 *
	 * @param int    $term_id  Term.
	 * @param string $taxonomy Taxonomy.
	 * @return array<string,string> Values by field; empty ones too.
	 */
	public static function read( $term_id, $taxonomy ) {
		$all    = get_option( self::OPTION );
		$stored = isset( $all[ $taxonomy ][ $term_id ] ) && is_array( $all[ $taxonomy ][ $term_id ] ) ? $all[ $taxonomy ][ $term_id ] : array();
		$values = array();
		foreach ( self::FIELDS as $field => $key ) {
			$values[ $field ] = isset( $stored[ $key ] ) && is_string( $stored[ $key ] ) ? $stored[ $key ] : '';
		}
		return $values;
	}

	/**
	 * Writes fields of a term. One publish at a time does it, see IGNY8_Terms::lock().
	 *
	 * @param int                  $term_id  Term.
	 * @param string               $taxonomy Taxonomy.
	 * @param array<string,string> $values   Values by field, as clean() gives them; an empty one is taken away.
	 */
	public static function write( $term_id, $taxonomy, $values ) {
		self::clean_cache();
		$all    = get_option( self::OPTION );
		$all    = is_array( $all ) ? $all : array();
		$before = isset( $all[ $taxonomy ][ $term_id ] ) && is_array( $all[ $taxonomy ][ $term_id ] ) ? $all[ $taxonomy ][ $term_id ] : array();
		$after  = $before;
		foreach ( $values as $field => $value ) {
			if ( '' === $value ) {
				unset( $after[ self::FIELDS[ $field ] ] );
			} else {
				$after[ self::FIELDS[ $field ] ] = $value;
			}
		}
		if ( $after === $before ) {
			return;
		}
		$all[ $taxonomy ][ $term_id ] = $after;
		if ( array() === $after ) {
			unset( $all[ $taxonomy ][ $term_id ] );
		}
		self::save( $all );
	}

	/**
	 * Saves the option. Yoast SEO takes this mark out again; without it, it would clean the fields of all terms.
	 *
	 * @param array<string,mixed> $all Fields by taxonomy and term.
	 */
	public static function save( $all ) {
		$all['wpseo_already_validated'] = true;
		update_option( self::OPTION, $all );
	}

	/**
	 * Drops what this request knows of the option: another one may have written it.
	 */
	public static function clean_cache() {
		wp_cache_delete( 'alloptions', 'options' );
		wp_cache_delete( self::OPTION, 'options' );
	}
}
