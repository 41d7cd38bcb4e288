<?php
/**
 * Stands in for Yoast SEO: the head comes from a table of its own, which is built when a post or a term is saved, and
 * at shutdown for posts whose meta changed. It takes tags and percent escapes away before it stores a text, backslashes
 * from descriptions before it prints them, and fills in what stands between two percent signs each.
 */
define( 'WPSEO_VERSION', '28.4' );

/**
 * Cleans texts and addresses.
 */
class WPSEO_Utils {

	/**
	 * A text without tags and percent escapes.
	 *
	 * @param string $text Text.
	 * @return string
	 */
	public static function sanitize_text_field( $text ) {
		$text = false === strpos( $text, '<' ) ? $text : wp_strip_all_tags( wp_pre_kses_less_than( $text ), true );
		$text = trim( preg_replace( '/[\r\n\t ]+/', ' ', $text ) );
		while ( preg_match( '/[^%](%[a-f0-9]{2})/i', $text, $found ) ) {
			$text = str_replace( $found[1], '', $text );
		}
		return trim( preg_replace( '/ +/', ' ', $text ) );
	}

	/**
	 * An address with its host in lower case and its path and query escaped.
	 *
	 * @param string $address Address.
	 * @return string
	 */
	public static function sanitize_url( $address ) {
		$parts = wp_parse_url( $address );
		if ( ! isset( $parts['host'] ) ) {
			return '';
		}
		$path = isset( $parts['path'] ) ? implode( '/', array_map( 'rawurlencode', array_map( 'rawurldecode', explode( '/', $parts['path'] ) ) ) ) : '';
		wp_parse_str( isset( $parts['query'] ) ? $parts['query'] : '', $query );
		$url = add_query_arg( array_map( 'rawurlencode', $query ), $parts['scheme'] . '://' . strtolower( $parts['host'] ) . $path );
		return preg_replace_callback(
			'/%[a-f0-9]{2}/i',
			static function ( $found ) {
				return strtolower( $found[0] );
			},
			$url
		);
	}
}

/**
 * Keeps the fields of terms in one option.
 */
class WPSEO_Taxonomy_Meta {

	const DEFAULTS = array(
		'wpseo_title'         => '',
		'wpseo_desc'          => '',
		'wpseo_canonical'     => '',
		'wpseo_focuskw'       => '',
		'wpseo_bctitle'       => '',
		'wpseo_focuskeywords' => '[]',
	);

	/**
	 * Fields as they are stored: cleaned, and without defaults. Values come without slashes.
	 *
	 * @param array<string,string>       $values Fields.
	 * @param array<string,string>|false $old    Fields that were there.
	 * @return array<string,string>
	 */
	public static function validate_term_meta_data( $values, $old ) {
		$clean = self::DEFAULTS;
		foreach ( array_intersect_key( array_map( 'trim', $values ), $clean ) as $key => $value ) {
			$clean[ $key ] = 'wpseo_canonical' === $key ? WPSEO_Utils::sanitize_url( $value ) : WPSEO_Utils::sanitize_text_field( $value );
		}
		return array_diff_assoc( $clean, self::DEFAULTS );
	}

	/**
	 * Cleans the fields of all terms, but for who says that it was done.
	 *
	 * @param array<string,mixed> $all Option.
	 * @return array<string,mixed>
	 */
	public static function validate( $all ) {
		if ( isset( $all['wpseo_already_validated'] ) ) {
			unset( $all['wpseo_already_validated'] );
			return $all;
		}
		foreach ( $all as $taxonomy => $terms ) {
			foreach ( $terms as $id => $values ) {
				$all[ $taxonomy ][ $id ] = self::validate_term_meta_data( $values, array() );
			}
		}
		return $all;
	}
}
add_filter( 'sanitize_option_wpseo_taxonomy_meta', array( 'WPSEO_Taxonomy_Meta', 'validate' ) );
foreach ( array( 'title', 'metadesc', 'focuskw', 'focuskeywords', 'canonical' ) as $igny8_field ) {
	register_meta( 'post', '_yoast_wpseo_' . $igny8_field, array( 'sanitize_callback' => array( 'WPSEO_Utils', 'canonical' === $igny8_field ? 'sanitize_url' : 'sanitize_text_field' ) ) );
}

$igny8_indexables = $GLOBALS['wpdb']->prefix . 'yoast_indexable';
$GLOBALS['wpdb']->query( "CREATE TABLE IF NOT EXISTS $igny8_indexables (kind varchar(8), object_id bigint, title text, description text, canonical text, PRIMARY KEY (kind, object_id)) ENGINE=InnoDB" );

$igny8_index = static function ( $kind, $id ) use ( $igny8_indexables ) {
	if ( 'post' === $kind ) {
		$fields = array( get_post_meta( $id, '_yoast_wpseo_title', true ), get_post_meta( $id, '_yoast_wpseo_metadesc', true ), get_post_meta( $id, '_yoast_wpseo_canonical', true ) );
	} else {
		$all    = get_option( 'wpseo_taxonomy_meta', array() );
		$meta   = array_merge( WPSEO_Taxonomy_Meta::DEFAULTS, isset( $all[ get_term( $id )->taxonomy ][ $id ] ) ? $all[ get_term( $id )->taxonomy ][ $id ] : array() );
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
		$row = array_map( 'strval', is_array( $row ) ? $row : array( '', '', '' ) );
		foreach ( array( 0, 1 ) as $index ) {
			$row[ $index ] = preg_replace_callback(
				'/%%([^%]+)%%?/',
				static function ( $found ) use ( $kind, $id ) {
					return igny8_stand_in_variable( $found[1], $kind, $id );
				},
				wp_strip_all_tags( $row[ $index ] )
			);
		}
		return array( $row[0], stripslashes( $row[1] ), urldecode( $row[2] ) );
	}
);
