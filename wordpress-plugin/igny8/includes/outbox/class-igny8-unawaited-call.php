<?php
/**
 * Calls whose answer nobody waits for.
 *
 * @package IGNY8
 */

/**
 * Signed requests to the app that are driven by hand and given up at any moment.
 *
 * A wp_remote_post() that is not "blocking" still waits for the connection, and with cURL for up to a second. The name
 * of the app's host is not looked up either: its address is known from before, or there is no call.
 */
class IGNY8_Unawaited_Call {

	/**
	 * A request that was not begun yet.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @param string              $name       Last part of the path in the app.
	 * @param array<string,mixed> $data       Body.
	 * @return mixed A cURL handle; null when the app cannot be called so.
	 */
	public static function handle( $connection, $name, $data ) {
		$address = IGNY8_App_Address::cached();
		if ( ! function_exists( 'curl_multi_init' ) || '' === $address || ! self::may_call( $connection['app'] ) ) {
			return null;
		}
		$path            = '/integrations/' . rawurlencode( $connection['site'] ) . '/' . $name . '/';
		$body            = (string) wp_json_encode( $data );
		list( $headers ) = IGNY8_App_Client::signed_headers( $connection, 'POST', $path, $body );
		$lines           = array( 'Expect:' );
		foreach ( $headers as $key => $value ) {
			$lines[] = $key . ': ' . $value;
		}
		// phpcs:disable WordPress.WP.AlternativeFunctions -- see above: the HTTP API waits.
		$handle = curl_init( $connection['app'] . $path );
		curl_setopt_array(
			$handle,
			array(
				CURLOPT_POSTFIELDS     => $body,
				CURLOPT_HTTPHEADER     => $lines,
				CURLOPT_RETURNTRANSFER => true,
				CURLOPT_HTTP_VERSION   => CURL_HTTP_VERSION_1_1,
				CURLOPT_PROXY          => '',
				CURLOPT_NOSIGNAL       => true,
				CURLOPT_CAINFO         => ABSPATH . WPINC . '/certificates/ca-bundle.crt',
				// The name is not looked up now.
				CURLOPT_RESOLVE        => array( self::pin( $connection['app'], $address ) ),
			)
		);
		// phpcs:enable WordPress.WP.AlternativeFunctions
		return $handle;
	}

	/**
	 * Whether the whole request has left.
	 *
	 * @param mixed $handle Of handle().
	 * @return bool
	 */
	public static function is_sent( $handle ) {
		$body_size = curl_getinfo( $handle, CURLINFO_CONTENT_LENGTH_UPLOAD ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		return $body_size > 0 && curl_getinfo( $handle, CURLINFO_SIZE_UPLOAD ) >= $body_size; // phpcs:ignore WordPress.WP.AlternativeFunctions
	}

	/**
	 * Sends a request, if that takes no longer than it may.
	 *
	 * @param mixed $handle  Of handle().
	 * @param float $seconds At most.
	 * @return bool Whether it left.
	 */
	public static function send( $handle, $seconds ) {
		$deadline = microtime( true ) + $seconds;
		// phpcs:disable WordPress.WP.AlternativeFunctions
		$multi = curl_multi_init();
		curl_multi_add_handle( $multi, $handle );
		do {
			curl_multi_exec( $multi, $running );
			$is_out       = self::is_sent( $handle );
			$seconds_left = $deadline - microtime( true );
			if ( ! $is_out && $running > 0 && $seconds_left > 0 ) {
				curl_multi_select( $multi, min( $seconds_left, 0.01 ) );
			}
		} while ( ! $is_out && $running > 0 && $seconds_left > 0 );
		curl_multi_remove_handle( $multi, $handle );
		curl_multi_close( $multi );
		// phpcs:enable WordPress.WP.AlternativeFunctions
		return $is_out;
	}

	/**
	 * Whether WordPress may call the app directly.
	 *
	 * @param string $url URL.
	 * @return bool
	 */
	private static function may_call( $url ) {
		$proxy = new WP_HTTP_Proxy();
		return ! ( $proxy->is_enabled() && $proxy->send_through_proxy( $url ) ) && ! ( new WP_Http() )->block_request( $url );
	}

	/**
	 * Host, port and address as cURL wants them.
	 *
	 * @param string $url     URL.
	 * @param string $address Address.
	 * @return string
	 */
	private static function pin( $url, $address ) {
		$parts = wp_parse_url( $url );
		$port  = isset( $parts['port'] ) ? $parts['port'] : ( 'https' === $parts['scheme'] ? 443 : 80 );
		return trim( $parts['host'], '[]' ) . ':' . $port . ':' . ( false === strpos( $address, ':' ) ? $address : '[' . $address . ']' );
	}
}
