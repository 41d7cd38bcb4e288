<?php
/**
 * Against wp_die().
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * While it lives, wp_die() of a hook becomes an exception, so that what was begun can be undone.
 */
class IGNY8_Die_Guard {

	const FILTERS = array( 'wp_die_handler', 'wp_die_ajax_handler', 'wp_die_json_handler', 'wp_die_jsonp_handler', 'wp_die_xml_handler', 'wp_die_xmlrpc_handler' );

	/**
	 * Starts guarding.
	 */
	public function __construct() {
		foreach ( self::FILTERS as $filter ) {
			add_filter( $filter, array( $this, 'handler' ), PHP_INT_MAX );
		}
	}

	/**
	 * Ends guarding; may be called twice.
	 */
	public function release() {
		foreach ( self::FILTERS as $filter ) {
			remove_filter( $filter, array( $this, 'handler' ), PHP_INT_MAX );
		}
	}

	/**
	 * The handler that throws.
	 *
	 * @return callable
	 */
	public function handler() {
		return static function ( $message ) {
			$text = is_wp_error( $message ) ? $message->get_error_message() : (string) $message;
			throw new RuntimeException( '' === $text ? 'wp_die()' : wp_strip_all_tags( $text ) );
		};
	}
}
