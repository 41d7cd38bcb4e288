<?php
/**
 * Addresses that visitors cannot open.
 *
 * @package IGNY8
 */

/**
 * Finds addresses that only the browser they were pasted in can open, and those that are programs.
 */
class IGNY8_Address_Check {

	const ATTRIBUTES = '/(?:^|[-:])(?:src|srcset|href|url|poster|data|action|formaction|background|cite|codebase|values|from|to)\z/';
	const SCHEMES    = '/\A(?:blob:|filesystem:|cid:|content:|webkit-fake-url:|(?:chrome|moz|safari-web)-extension:|data:[\w.+\/-]*[;,]|file:|[a-z]:\\\\|(?:java|vb|live)script:)/i';
	const IMAGE      = '#\.(?:png|jpe?g|gif|webp|avif|svg)(?:[?\#]|\z)|/images?/#i';
	const LENGTH     = 120;

	/**
	 * Where the app shows an image to who has signed in there, behind its host or none.
	 */
	const APP_IMAGE = '#\A(?:(?:https?:)?//[^/]*/(?:.*/)?|(?:\.{0,2}/)*)(?:content/\d+/)?images/\d+/file/?(?:[?\#].*)?\z#i';

	/**
	 * Such addresses in a text.
	 *
	 * @param string $html Markup.
	 * @param string $app  Address of the app: what only people in it are shown.
	 * @return string[] Each once, cut to be shown.
	 */
	public static function non_public_addresses( $html, $app = '' ) {
		$addresses = array();
		$app       = self::host( $app );
		$app       = self::host( home_url() ) === $app ? '' : $app;
		foreach ( self::addresses( $html ) as $address ) {
			// Browsers leave out line ends, tabs and what stands before a scheme.
			$address   = preg_replace( '/[\x00-\x20]+/', '', $address );
			$is_of_app = preg_match( self::APP_IMAGE, $address ) || ( '' !== $app && self::host( $address ) === $app && preg_match( self::IMAGE, $address ) );
			if ( $is_of_app || preg_match( self::SCHEMES, $address ) ) {
				$addresses[] = mb_substr( $address, 0, self::LENGTH );
			}
		}
		return array_values( array_unique( $addresses ) );
	}

	/**
	 * The host of an address, with its port.
	 *
	 * @param string $address Address.
	 * @return string Lower case; empty where it has none.
	 */
	private static function host( $address ) {
		$parts = wp_parse_url( str_replace( '\\', '/', $address ) );
		$host  = isset( $parts['host'] ) ? strtolower( $parts['host'] ) : '';
		return '' === $host || ! isset( $parts['port'] ) ? $host : $host . ':' . $parts['port'];
	}

	/**
	 * All addresses of attributes, styles and what blocks keep in their comments.
	 *
	 * @param string $html Markup.
	 * @return string[]
	 */
	private static function addresses( $html ) {
		$addresses = array();
		foreach ( wp_html_split( $html ) as $token ) {
			if ( 0 === strpos( $token, '<!--' ) ) {
				preg_match_all( '/"((?:blob|data|file|cid|javascript|vbscript):[^"]{0,200})/i', str_replace( '\\/', '/', $token ), $strings );
				$addresses = array_merge( $addresses, $strings[1] );
				continue;
			}
			if ( '<' !== substr( $token, 0, 1 ) ) {
				$addresses = array_merge( $addresses, self::of_styles( $token ) );
				continue;
			}
			preg_match_all( '/([^\s=>"\'\/]+)\s*=\s*("[^"]*"|\'[^\']*\'|[^\s>]+)/', $token, $attributes, PREG_SET_ORDER );
			foreach ( $attributes as $attribute ) {
				$name  = strtolower( $attribute[1] );
				$value = html_entity_decode( trim( $attribute[2], '"\'' ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
				if ( 'style' === $name ) {
					$addresses = array_merge( $addresses, self::of_styles( $value ) );
				} elseif ( 'srcset' === substr( $name, -6 ) ) {
					$addresses = array_merge( $addresses, preg_split( '/,\s+/', $value ) );
				} elseif ( preg_match( self::ATTRIBUTES, $name ) ) {
					$addresses[] = $value;
				}
			}
		}
		return $addresses;
	}

	/**
	 * Addresses in styles.
	 *
	 * @param string $css Styles, or text without any.
	 * @return string[]
	 */
	private static function of_styles( $css ) {
		preg_match_all( '/(?:url\(|@import)\s*["\']?\s*([^"\')\s]+)/i', $css, $matches );
		return $matches[1];
	}
}
