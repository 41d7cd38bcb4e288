<?php
/**
 * Texts of the database as JSON can carry them.
 *
 * @package IGNY8
 */

/**
 * Leaves whole UTF-8 byte for byte and puts U+FFFD in place of invalid bytes.
 */
class IGNY8_Text {

	/**
	 * Whether JSON can carry a text as it is.
	 *
	 * @param string $text Text.
	 * @return bool
	 */
	public static function is_utf8( $text ) {
		return 1 === preg_match( '//u', $text );
	}

	/**
	 * A text that JSON can carry.
	 *
	 * @param string $text Text.
	 * @return string
	 */
	public static function valid_utf8( $text ) {
		// JSON's own substitution needs no mbstring, which a host may lack.
		return self::is_utf8( $text ) ? $text : (string) json_decode( (string) wp_json_encode( $text, JSON_INVALID_UTF8_SUBSTITUTE ) );
	}

	/**
	 * Mends all texts in an array, at any depth.
	 *
	 * @param array<mixed> $values Values.
	 * @return array<mixed>
	 */
	public static function mend_all( $values ) {
		array_walk_recursive(
			$values,
			static function ( &$value ) {
				$value = is_string( $value ) ? self::valid_utf8( $value ) : $value;
			}
		);
		return $values;
	}

	/**
	 * A time of the database as it goes over the wire.
	 *
	 * @param string $gmt   UTC as WordPress stores it; zeros for none.
	 * @param string $local The site's time, for rows whose UTC was never stored.
	 * @return string|null ISO 8601.
	 */
	public static function utc( $gmt, $local = '' ) {
		if ( '' !== $local && 0 === strpos( $gmt, '0000' ) && 0 !== strpos( $local, '0000' ) ) {
			$gmt = get_gmt_from_date( $local );
		}
		return '' === $gmt || 0 === strpos( $gmt, '0000' ) ? null : str_replace( ' ', 'T', $gmt ) . 'Z';
	}
}
