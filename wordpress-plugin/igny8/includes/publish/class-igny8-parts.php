<?php
/**
 * The parts of a post or term, each as a short hash.
 *
 * @package IGNY8
 */

/**
 * Tells not only that something changed, but what: a publish need not stop for what it does not write.
 *
 * The contract's `parts`: one text of PARTS times LENGTH characters, in this order.
 */
class IGNY8_Parts {

	const NAMES  = array( 'title', 'content', 'excerpt', 'slug', 'status', 'author', 'parent', 'template', 'featured_image', 'seo', 'relations' );
	const LENGTH = 8;

	/**
	 * The parts of an object.
	 *
	 * @param array<string,mixed> $values By name; what an object does not have may be left out.
	 * @return string
	 */
	public static function of( $values ) {
		$parts = '';
		foreach ( self::NAMES as $name ) {
			$parts .= self::digest( isset( $values[ $name ] ) ? $values[ $name ] : '' );
		}
		return $parts;
	}

	/**
	 * The names of the parts that differ.
	 *
	 * @param string $first  Parts.
	 * @param string $second Parts.
	 * @return string[]
	 */
	public static function differing( $first, $second ) {
		$names = array();
		foreach ( self::NAMES as $position => $name ) {
			if ( substr( $first, $position * self::LENGTH, self::LENGTH ) !== substr( $second, $position * self::LENGTH, self::LENGTH ) ) {
				$names[] = $name;
			}
		}
		return $names;
	}

	/**
	 * Whether a part has a value.
	 *
	 * @param string $parts Parts.
	 * @param string $name  Name.
	 * @param mixed  $value Value.
	 * @return bool
	 */
	public static function has( $parts, $name, $value ) {
		return substr( $parts, (int) array_search( $name, self::NAMES, true ) * self::LENGTH, self::LENGTH ) === self::digest( $value );
	}

	/**
	 * Whether a text has the form of parts.
	 *
	 * @param string $text Text.
	 * @return bool
	 */
	public static function is_valid( $text ) {
		return count( self::NAMES ) * self::LENGTH === strlen( $text ) && ctype_xdigit( $text );
	}

	/**
	 * The hash of one part.
	 *
	 * @param mixed $value Value.
	 * @return string
	 */
	private static function digest( $value ) {
		$text = is_string( $value ) ? $value : (string) wp_json_encode( $value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE );
		return substr( md5( $text ), 0, self::LENGTH );
	}
}
