<?php
/**
 * Smaller answers.
 *
 * @package IGNY8
 */

/**
 * Compresses an answer when the request accepts it and nothing else will.
 */
class IGNY8_Compression {

	/**
	 * Below this there is nothing to gain.
	 */
	const BYTES_AT_LEAST = 1400;

	/**
	 * HTML shrinks to a quarter at the first level; the next ones cost the site more than they save.
	 */
	const LEVEL = 1;

	/**
	 * The bytes to send, after the header that says what they are. Call it before any output.
	 *
	 * @param string $body Body.
	 * @return string
	 */
	public static function apply( $body ) {
		if ( strlen( $body ) < self::BYTES_AT_LEAST || headers_sent() || ! function_exists( 'gzencode' ) || self::is_done_elsewhere() || ! self::is_accepted() ) {
			return $body;
		}
		$packed = gzencode( $body, self::LEVEL );
		if ( false === $packed ) {
			return $body;
		}
		header( 'Content-Encoding: gzip' );
		header( 'Vary: Accept-Encoding' );
		return $packed;
	}

	/**
	 * Whether the request accepts gzip.
	 *
	 * @return bool
	 */
	private static function is_accepted() {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- only looked at.
		$accepted = isset( $_SERVER['HTTP_ACCEPT_ENCODING'] ) ? strtolower( (string) $_SERVER['HTTP_ACCEPT_ENCODING'] ) : '';
		return 1 === preg_match( '/(^|,)\s*(x-)?gzip\s*(;(?!\s*q=0(\.0*)?\s*(,|$))[^,]*)?(,|$)/', $accepted );
	}

	/**
	 * Whether PHP, or another plugin's output buffer, will compress what is printed. The setting alone does not tell:
	 * its buffer may have been ended, with what others had printed.
	 *
	 * @return bool
	 */
	private static function is_done_elsewhere() {
		return array() !== array_intersect( ob_list_handlers(), array( 'ob_gzhandler', 'zlib output compression' ) );
	}
}
