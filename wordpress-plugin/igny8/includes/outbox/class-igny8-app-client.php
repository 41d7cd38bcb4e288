<?php
/**
 * Signed requests to the app.
 *
 * @package IGNY8
 */

/**
 * Calls the app and says in a sentence what went wrong, if something did.
 */
class IGNY8_App_Client {

	const TIMEOUT_SECONDS = 10;

	/**
	 * Posts JSON to a path of the app.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @param string              $path       Path in the app.
	 * @param array<string,mixed> $data       Body.
	 * @return array{result:array<string,mixed>,problem:string,cure:string,status:int,retry_after:int}
	 */
	public static function post( $connection, $path, $data ) {
		return self::send( $connection, 'POST', $path, (string) wp_json_encode( $data ) );
	}

	/**
	 * Sends JSON to a path of the app.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @param string              $method     HTTP method.
	 * @param string              $path       Path in the app.
	 * @param string              $body       JSON.
	 * @return array{result:array<string,mixed>,problem:string,cure:string,status:int,retry_after:int} Status 0 when
	 *         no answer came or its signature did not hold; retry_after in seconds.
	 */
	public static function send( $connection, $method, $path, $body ) {
		list( $headers, $nonce ) = self::signed_headers( $connection, $method, $path, $body );

		$answer = wp_remote_request(
			$connection['app'] . $path,
			array(
				'method'      => $method,
				'headers'     => $headers,
				'body'        => $body,
				'timeout'     => self::TIMEOUT_SECONDS,
				'redirection' => 0,
			)
		);
		if ( is_wp_error( $answer ) ) {
			/* translators: 1: address of the app, 2: technical reason. */
			$problem = sprintf( __( 'The app at %1$s does not answer (%2$s).', 'igny8' ), $connection['app'], $answer->get_error_message() );
			return self::failure( $problem, __( 'If this server may not call out, open the site settings in the app and choose Test connection: that completes the pairing too.', 'igny8' ) );
		}
		return self::read( $answer, $connection, $nonce );
	}

	/**
	 * The headers of a signed request, and its nonce.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @param string              $method     HTTP method.
	 * @param string              $path       Path in the app.
	 * @param string              $body       Body.
	 * @return array{0:array<string,string>,1:string}
	 */
	public static function signed_headers( $connection, $method, $path, $body ) {
		$key     = $connection['keys'][0];
		$signed  = IGNY8_Signing::sign_request( $key['secret'], $connection['site'], $key['key'], $method, $path, '', $body, (string) time(), bin2hex( random_bytes( 16 ) ) );
		$headers = array( 'Content-Type' => 'application/json' );
		foreach ( $signed as $name => $value ) {
			$headers[ 'X-IGNY8-' . ucfirst( $name ) ] = $value;
		}
		return array( $headers, $signed['nonce'] );
	}

	/**
	 * Judges an answer of the app.
	 *
	 * @param array<string,mixed> $answer     What WordPress received.
	 * @param array<string,mixed> $connection Connection.
	 * @param string              $nonce      Nonce of the request.
	 * @return array{result:array<string,mixed>,problem:string,cure:string,status:int,retry_after:int}
	 */
	private static function read( $answer, $connection, $nonce ) {
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$body   = wp_remote_retrieve_body( $answer );
		$data   = json_decode( $body, true );
		$code   = is_array( $data ) && isset( $data['error']['code'] ) ? (string) $data['error']['code'] : '';
		$again  = (int) wp_remote_retrieve_header( $answer, 'retry-after' );

		if ( in_array( $code, array( 'KEY_UNKNOWN', 'SIGNATURE_INVALID', 'NOT_CONNECTED' ), true ) ) {
			return self::failure( __( 'The app does not know this key.', 'igny8' ), __( 'Copy the connection key again from the site settings in the app: an older one may have been replaced.', 'igny8' ), $status, $again );
		}
		if ( 'TIMESTAMP_OUT_OF_RANGE' === $code ) {
			return self::failure( __( 'The clocks of this server and of the app differ by more than 5 minutes.', 'igny8' ), __( 'Have the server clock set by NTP, then check the connection again.', 'igny8' ), $status, $again );
		}
		if ( $status < 200 || $status > 299 || ! is_array( $data ) || empty( $data['ok'] ) ) {
			/* translators: 1: address of the app, 2: HTTP status. */
			$problem = sprintf( __( 'The app at %1$s answered with status %2$d.', 'igny8' ), $connection['app'], $status );
			return self::failure( $problem, __( 'Check that the key comes from this app, then check the connection again.', 'igny8' ), $status, $again );
		}
		$key       = $connection['keys'][0];
		$expected  = IGNY8_Signing::sign_response( $key['secret'], $connection['site'], $key['key'], $nonce, $status, $body );
		$signature = wp_remote_retrieve_header( $answer, 'x-igny8-response-signature' );
		if ( ! is_string( $signature ) || ! hash_equals( $expected, $signature ) ) {
			return self::failure( __( 'The answer of the app is not signed as it should be.', 'igny8' ), __( 'Something between this server and the app changes answers: ask your host about a proxy.', 'igny8' ) );
		}
		return array(
			'result'      => isset( $data['result'] ) && is_array( $data['result'] ) ? $data['result'] : array(),
			'problem'     => '',
			'cure'        => '',
			'status'      => $status,
			'retry_after' => 0,
		);
	}

	/**
	 * A failure in two sentences.
	 *
	 * @param string $problem     What is wrong.
	 * @param string $cure        What to do.
	 * @param int    $status      HTTP status; 0 for no answer of the app.
	 * @param int    $retry_after Seconds that the app wants to be left alone.
	 * @return array{result:array<string,mixed>,problem:string,cure:string,status:int,retry_after:int}
	 */
	private static function failure( $problem, $cure, $status = 0, $retry_after = 0 ) {
		return array(
			'result'      => array(),
			'problem'     => $problem,
			'cure'        => $cure,
			'status'      => $status,
			'retry_after' => $retry_after,
		);
	}
}
