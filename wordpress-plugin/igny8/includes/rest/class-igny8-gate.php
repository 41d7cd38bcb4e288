<?php
/**
 * Who may come in.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Lets a request in when its signature holds, and signs what goes out.
 */
class IGNY8_Gate {

	/**
	 * Secret that the request was signed with; empty until its signature held.
	 *
	 * @var string
	 */
	private $secret = '';

	/**
	 * Checks the signature, uses up the nonce, notes the connection on the request and becomes the chosen user.
	 *
	 * @param IGNY8_Request $request Request.
	 * @throws IGNY8_Exception When it may not come in.
	 */
	public function admit( $request ) {
		$connection = IGNY8_Connection::get();
		if ( null === $connection ) {
			throw new IGNY8_Exception( 'NOT_CONNECTED', __( 'This WordPress is not connected. Paste the connection key in Settings, IGNY8.', 'igny8' ), 401 );
		}
		$secrets = IGNY8_Connection::secrets( $connection );
		$now     = time();
		$code    = IGNY8_Signing::verify_request( $request->fields, $connection['site'], $secrets, $request->method, '/' . IGNY8_Plugin::REST_NAMESPACE . '/' . $request->name, $request->query, $request->body, $now );
		if ( '' === $code || 'TIMESTAMP_OUT_OF_RANGE' === $code ) {
			$this->secret = $secrets[ $request->fields['key'] ];
		}
		if ( '' === $code && ! $this->remember_nonce( $request->fields, $now ) ) {
			$code = 'NONCE_REPLAYED';
		}
		if ( '' !== $code ) {
			throw new IGNY8_Exception( $code, self::message( $code ), 401, null, 'TIMESTAMP_OUT_OF_RANGE' === $code ? array( 'server_time' => $now ) : array() );
		}
		$request->connection = IGNY8_Connection::confirm( $connection );
		IGNY8_Actor::set_current_user( $request->connection );
	}

	/**
	 * Signature of an answer, or an empty string when the request's own did not hold.
	 *
	 * @param IGNY8_Request $request Request.
	 * @param int           $status  HTTP status.
	 * @param string        $body    Body.
	 * @return string
	 */
	public function sign( $request, $status, $body ) {
		if ( '' === $this->secret ) {
			return '';
		}
		return IGNY8_Signing::sign_response( $this->secret, $request->fields['site'], $request->fields['key'], $request->fields['nonce'], $status, $body );
	}

	/**
	 * Stores a nonce; the primary key tells whether it is new.
	 *
	 * @param array<string,string> $fields Signature fields.
	 * @param int                  $now    Unix seconds.
	 * @return bool False when it was there.
	 * @throws IGNY8_Exception When the table is not there.
	 */
	private function remember_nonce( $fields, $now ) {
		global $wpdb;
		$quiet  = $wpdb->suppress_errors( true );
		$stored = $wpdb->query(
			$wpdb->prepare(
				'INSERT IGNORE INTO ' . IGNY8_Tables::nonces() . ' (nonce, key_id, created) VALUES (%s, %s, %d)', // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
				$fields['nonce'],
				$fields['key'],
				$now
			)
		);
		$wpdb->suppress_errors( $quiet );
		if ( false === $stored ) {
			throw new IGNY8_Exception( 'TABLES_MISSING', __( 'The tables of the IGNY8 plugin are missing or cannot be written. Deactivate the plugin and activate it again.', 'igny8' ), 503 );
		}
		return 1 === $stored;
	}

	/**
	 * A sentence for a signature error.
	 *
	 * @param string $code Code.
	 * @return string
	 */
	private static function message( $code ) {
		$messages = array(
			'SIGNATURE_MISSING'      => __( 'The request is not signed, or its headers were removed on the way.', 'igny8' ),
			'SIGNATURE_INVALID'      => __( 'The signature does not fit: the key is wrong, or the request was changed on the way.', 'igny8' ),
			'KEY_UNKNOWN'            => __( 'This WordPress was connected with another key. Paste the current connection key in Settings, IGNY8.', 'igny8' ),
			'TIMESTAMP_OUT_OF_RANGE' => __( 'The clocks differ by more than 5 minutes. Have both set by NTP.', 'igny8' ),
			'NONCE_REPLAYED'         => __( 'This very request came before.', 'igny8' ),
		);
		return $messages[ $code ];
	}
}
