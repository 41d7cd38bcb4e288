<?php
/**
 * What SEO plugins make of a text.
 *
 * @package IGNY8
 */

/**
 * The rules of each SEO plugin: how a text must be written so that visitors get it as it was typed, what the plugin
 * stores of it, and what visitors get where it cannot be written so. Measured on Yoast SEO 28.4, Rank Math 1.0.273,
 * All in One SEO 4.9.9 and SEOPress 9.7.4.
 */
class IGNY8_Seo_Text {

	/**
	 * Signs that a plugin would take for something else: they are written as character references, which it prints
	 * as they are. All in One SEO reads those of signs other than these and takes away what looks like a tag.
	 */
	const SIGNS = array(
		// Yoast SEO takes tags and percent escapes away, and backslashes from descriptions.
		'yoast'    => '<|\\\\|%(?=%|[0-9a-f]{2})|&(?=#?\w+;)|^0$',
		// Rank Math takes tags and backslashes away, and whatever stands between percent signs.
		'rankmath' => '<|\\\\|%(?=\S*%|[a-z0-9_-]+\([^)]*\)%)|&(?=#?\w+;)|^0$',
		'aioseo'   => '%(?=[0-9a-f]{2}|\|)|#(?=%variables%)|^0$',
		'seopress' => '%(?=%)|&(?=#?\w+;)|^0$',
	);

	/**
	 * First signs of WordPress's smilies, which Rank Math turns into pictures.
	 */
	const SMILIES = '(?<!\S)[:;8](?=\S)';

	/**
	 * A title or description as it is to be written for a plugin.
	 *
	 * @param string $plugin Plugin, or none.
	 * @param string $text   Text.
	 * @return string|null Null for a template of another plugin, which this one would show as it is.
	 */
	public static function encode( $plugin, $text ) {
		$owner = IGNY8_Seo_Variables::owner( $text, $plugin );
		if ( '' !== $owner && $plugin !== $owner ) {
			return null;
		}
		if ( 'none' === $plugin || '' === $text ) {
			return $text;
		}
		$signs = self::SIGNS[ $plugin ];
		if ( 'aioseo' === $plugin ) {
			$signs = str_replace( '#(?=%variables%)', '(?=' . IGNY8_Seo_Variables::pattern( $plugin ) . ')#', $signs );
		}
		if ( 'rankmath' === $plugin && convert_smilies( $text ) !== $text ) {
			$signs .= '|' . self::SMILIES;
		}
		if ( '' === $owner ) {
			return self::refer( $signs, $text );
		}
		// Beside a variable no other percent sign may look like an end of one.
		$signs = 'aioseo' === $plugin ? $signs : $signs . '|%';
		$parts = IGNY8_Seo_Variables::split( $text, $plugin );
		foreach ( $parts as $index => $part ) {
			$parts[ $index ] = 0 === $index % 2 ? self::refer( $signs, $part ) : $part;
		}
		return implode( '', $parts );
	}

	/**
	 * A stored title or description as it reads.
	 *
	 * @param string $text Text.
	 * @return string
	 */
	public static function decode( $text ) {
		return html_entity_decode( $text, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
	}

	/**
	 * What a plugin stores of a value.
	 *
	 * @param string $plugin Plugin that keeps its fields in meta, or All in One SEO.
	 * @param string $field  One of title, description, canonical and focus.
	 * @param string $text   Value.
	 * @param string $kind   Kind, post or term.
	 * @return string|null Null when it is not to be written.
	 */
	public static function stored( $plugin, $field, $text, $kind = 'post' ) {
		$is_text = 'title' === $field || 'description' === $field;
		$written = $is_text ? self::encode( $plugin, $text ) : $text;
		if ( null === $written || '' === $written ) {
			return $written;
		}
		if ( 'aioseo' === $plugin ) {
			return 'canonical' === $field ? esc_url_raw( $written ) : sanitize_text_field( $written );
		}
		if ( 'yoast' === $plugin && 'term' === $kind ) {
			return IGNY8_Yoast_Terms::clean( $field, $written );
		}
		$stored = sanitize_meta( IGNY8_Seo::META[ $plugin ][ $field ], $written, $kind );
		return is_string( $stored ) ? $stored : $written;
	}

	/**
	 * What visitors get of a value, character references resolved and white space as one space.
	 *
	 * @param string $plugin Plugin, or none.
	 * @param string $field  One of title, description and canonical.
	 * @param string $text   Value.
	 * @param string $kind   Kind, post or term.
	 * @return string|null Null when it cannot be told: a template.
	 */
	public static function served( $plugin, $field, $text, $kind = 'post' ) {
		if ( 'canonical' === $field ) {
			$address = 'none' === $plugin ? $text : self::stored( $plugin, $field, $text, $kind );
			return 'rankmath' === $plugin ? esc_url_raw( (string) $address ) : $address; // It leaves out what is no part of an address as it prints it.
		}
		if ( '' !== IGNY8_Seo_Variables::owner( $text, $plugin ) ) {
			return null;
		}
		$text_to_serve = 'aioseo' === $plugin ? self::served_by_aioseo( (string) self::stored( $plugin, $field, $text ) ) : $text;
		return self::collapse_whitespace( $text_to_serve );
	}

	/**
	 * Whether two addresses are one to a browser: escapes, case of the host and empty values aside.
	 *
	 * @param string $first  Address.
	 * @param string $second Address.
	 * @return bool
	 */
	public static function is_same_address( $first, $second ) {
		$normalize = static function ( $address ) {
			$address = (string) preg_replace_callback(
				'~^[a-z][a-z0-9+.-]*://[^/?#]*~i',
				static function ( $matches ) {
					return strtolower( $matches[0] );
				},
				$address
			);
			return (string) preg_replace( '/=(?=&|#|$)/', '', rawurldecode( str_replace( '+', ' ', $address ) ) );
		};
		return $normalize( $first ) === $normalize( $second );
	}

	/**
	 * A text with white space as one space.
	 *
	 * @param string $text Text.
	 * @return string
	 */
	public static function collapse_whitespace( $text ) {
		return trim( (string) preg_replace( '/[\s\x{a0}]+/u', ' ', $text ) );
	}

	/**
	 * What All in One SEO prints: it resolves references as long as there are any, and takes tags and shortcodes away.
	 *
	 * @param string $text Text as stored.
	 * @return string
	 */
	private static function served_by_aioseo( $text ) {
		for ( $times = 0; $times < 10; $times++ ) {
			$text = html_entity_decode( str_replace( '&nbsp;', ' ', $text ), ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML401, 'UTF-8' );
		}
		$text = wp_strip_all_tags( strip_shortcodes( str_replace( '<3', '&lt;3', $text ) ) );
		$text = html_entity_decode( $text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML401, 'UTF-8' );
		return '0' === $text ? '' : $text;
	}

	/**
	 * A text with some signs as character references.
	 *
	 * @param string $signs Regular expression of the signs.
	 * @param string $text  Text.
	 * @return string
	 */
	private static function refer( $signs, $text ) {
		$result = preg_replace_callback(
			'/' . $signs . '/iu',
			static function ( $matches ) {
				return '<' === $matches[0] ? '&lt;' : '&#' . ord( $matches[0] ) . ';';
			},
			$text
		);
		return is_string( $result ) ? $result : $text;
	}
}
