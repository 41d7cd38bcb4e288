<?php
/**
 * Signing between the app and this site, both directions. Needs nothing of WordPress.
 *
 * The vectors in the project's tests/contract/signing-vectors.json hold this class and the app's to the same.
 *
 * @package IGNY8
 */

/**
 * Pure functions over strings: no clock, no database, no superglobals.
 */
class IGNY8_Signing {

	const WINDOW_SECONDS = 300;
	const SECRET_BYTES   = 32;
	const KEY_PREFIX     = 'igny8-';
	const FIELDS         = array( 'site', 'key', 'timestamp', 'nonce', 'signature' );

	/**
	 * Names of query parameters that belong to a transport, not to the request.
	 */
	const TRANSPORT_PARAMETERS = array( 'rest_route', 'action', 'igny8_route' );

	/**
	 * The decoded pairs of a raw query, in the order they came, without those of the transport.
	 *
	 * PHP's own parser is not used: it renames parameters and keeps one of several values.
	 *
	 * @param string $query Query as it came on the wire.
	 * @return array<int,array{0:string,1:string}>
	 */
	public static function query_pairs( $query ) {
		$pairs = array();
		foreach ( explode( '&', $query ) as $part ) {
			if ( '' === $part ) {
				continue;
			}
			$halves = explode( '=', $part, 2 );
			$name   = urldecode( $halves[0] );
			if ( ! in_array( $name, self::TRANSPORT_PARAMETERS, true ) ) {
				$pairs[] = array( $name, urldecode( isset( $halves[1] ) ? $halves[1] : '' ) );
			}
		}
		return $pairs;
	}

	/**
	 * The query as it is signed: RFC 3986 encoded, sorted by name then value.
	 *
	 * @param string $query Query as it came on the wire.
	 * @return string
	 */
	public static function canonical_query( $query ) {
		$pairs = array();
		foreach ( self::query_pairs( $query ) as $pair ) {
			$pairs[] = array( rawurlencode( $pair[0] ), rawurlencode( $pair[1] ) );
		}
		usort(
			$pairs,
			static function ( $first, $second ) {
				$by_name = strcmp( $first[0], $second[0] );
				return 0 !== $by_name ? $by_name : strcmp( $first[1], $second[1] );
			}
		);
		$parts = array();
		foreach ( $pairs as $pair ) {
			$parts[] = $pair[0] . '=' . $pair[1];
		}
		return implode( '&', $parts );
	}

	/**
	 * The five fields of a signed request.
	 *
	 * @param string $secret    Secret, base64url.
	 * @param string $site      Id of the site in the app.
	 * @param string $key       Id of the key.
	 * @param string $method    HTTP method of the route.
	 * @param string $route     Logical route or path.
	 * @param string $query     Raw query.
	 * @param string $body      Body.
	 * @param string $timestamp Unix seconds.
	 * @param string $nonce     32 hex digits, used once.
	 * @return array<string,string>
	 */
	public static function sign_request( $secret, $site, $key, $method, $route, $query, $body, $timestamp, $nonce ) {
		$lines = array(
			'v1',
			$site,
			$key,
			strtoupper( $method ),
			$route,
			self::canonical_query( $query ),
			$timestamp,
			$nonce,
			self::sha256( $body ),
		);
		return array(
			'site'      => $site,
			'key'       => $key,
			'timestamp' => $timestamp,
			'nonce'     => $nonce,
			'signature' => self::hmac( $secret, $lines ),
		);
	}

	/**
	 * Whether the fields sign this request and are fresh; the nonce is for the caller to store afterwards.
	 *
	 * @param array<string,string> $fields  The five fields as they came.
	 * @param string               $site    Id of the site in the app.
	 * @param array<string,string> $secrets Secrets by key id.
	 * @param string               $method  HTTP method of the route.
	 * @param string               $route   Logical route.
	 * @param string               $query   Raw query.
	 * @param string               $body    Body.
	 * @param int                  $now     Unix seconds.
	 * @return string Empty when it holds, otherwise the contract's error code.
	 */
	public static function verify_request( $fields, $site, $secrets, $method, $route, $query, $body, $now ) {
		foreach ( self::FIELDS as $name ) {
			if ( ! isset( $fields[ $name ] ) || ! is_string( $fields[ $name ] ) || '' === $fields[ $name ] ) {
				return 'SIGNATURE_MISSING';
			}
		}
		if ( $fields['site'] !== $site || ! isset( $secrets[ $fields['key'] ] ) ) {
			return 'KEY_UNKNOWN';
		}
		if ( ! preg_match( '/^[0-9a-f]{32}\z/', $fields['nonce'] ) || ! preg_match( '/^[0-9]{1,12}\z/', $fields['timestamp'] ) ) {
			return 'SIGNATURE_INVALID';
		}
		$expected = self::sign_request( $secrets[ $fields['key'] ], $site, $fields['key'], $method, $route, $query, $body, $fields['timestamp'], $fields['nonce'] );
		if ( ! hash_equals( $expected['signature'], $fields['signature'] ) ) {
			return 'SIGNATURE_INVALID';
		}
		return abs( $now - (int) $fields['timestamp'] ) > self::WINDOW_SECONDS ? 'TIMESTAMP_OUT_OF_RANGE' : '';
	}

	/**
	 * SHA-256 in hex. OpenSSL uses what the processor has for it and takes a fifth of the time of PHP's own.
	 *
	 * @param string $data Bytes.
	 * @return string
	 */
	public static function sha256( $data ) {
		$hash = function_exists( 'openssl_digest' ) ? openssl_digest( $data, 'sha256' ) : false;
		return false === $hash ? hash( 'sha256', $data ) : $hash;
	}

	/**
	 * The signature of an answer.
	 *
	 * @param string $secret Secret, base64url.
	 * @param string $site   Id of the site in the app.
	 * @param string $key    Id of the key.
	 * @param string $nonce  Nonce of the request.
	 * @param int    $status HTTP status.
	 * @param string $body   Body of the answer.
	 * @return string
	 */
	public static function sign_response( $secret, $site, $key, $nonce, $status, $body ) {
		return self::hmac( $secret, array( 'v1-response', $site, $key, $nonce, (string) $status, self::sha256( $body ) ) );
	}

	/**
	 * What a connection key carries, or null when the text is not one.
	 *
	 * @param string $text Text as it was pasted.
	 * @return array<string,string>|null With app, site, key, secret.
	 */
	public static function decode_connection_key( $text ) {
		$text = (string) preg_replace( '/\s+/', '', $text );
		if ( 0 !== strpos( $text, self::KEY_PREFIX ) ) {
			return null;
		}
		$json   = self::from_base64url( substr( $text, strlen( self::KEY_PREFIX ) ) );
		$fields = null === $json ? null : json_decode( $json, true );
		if ( ! is_array( $fields ) || ! isset( $fields['v'] ) || 1 !== $fields['v'] ) {
			return null;
		}
		$result = array();
		foreach ( array( 'app', 'site', 'key', 'secret' ) as $name ) {
			if ( ! isset( $fields[ $name ] ) || ! is_string( $fields[ $name ] ) || '' === $fields[ $name ] ) {
				return null;
			}
			$result[ $name ] = $fields[ $name ];
		}
		$secret = self::from_base64url( $result['secret'] );
		$whole  = preg_match( '#^https?://[^/]#', $result['app'] ) && null !== $secret && self::SECRET_BYTES === strlen( $secret );
		return $whole ? $result : null;
	}

	/**
	 * HMAC-SHA256 over the lines, in hex.
	 *
	 * @param string   $secret Secret, base64url.
	 * @param string[] $lines  Lines.
	 * @return string
	 */
	private static function hmac( $secret, $lines ) {
		return hash_hmac( 'sha256', implode( "\n", $lines ), (string) self::from_base64url( $secret ) );
	}

	/**
	 * Decodes base64url without padding.
	 *
	 * @param string $text Text.
	 * @return string|null Null when the text is something else.
	 */
	private static function from_base64url( $text ) {
		if ( ! preg_match( '/^[A-Za-z0-9_-]*\z/', $text ) ) {
			return null;
		}
		$data = base64_decode( strtr( $text, '-_', '+/' ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode
		return false === $data ? null : $data;
	}
}
