<?php
/**
 * Where the app is.
 *
 * @package IGNY8
 */

/**
 * The IP address of the app's host, looked up by cron and kept: looking it up can take as long as a name server likes,
 * and a publish does not wait for it.
 */
class IGNY8_App_Address {

	const OPTION    = 'igny8_app_address';
	const GOOD_FOR  = 86400;
	const FRESH_FOR = 3600;
	const LOOPBACK  = '127.0.0.1';

	/**
	 * Looks it up again when the last time is an hour ago.
	 */
	public static function refresh() {
		$host   = self::host();
		$stored = self::stored( $host );
		if ( '' === $host || '' !== self::literal( $host ) || time() - $stored['at'] < self::FRESH_FOR ) {
			return;
		}
		$ip = gethostbyname( $host );
		if ( $ip === $host ) {
			$records = function_exists( 'dns_get_record' ) ? @dns_get_record( $host, DNS_AAAA ) : array(); // phpcs:ignore WordPress.PHP.NoSilencedErrors -- no answer is an answer.
			$ip      = isset( $records[0]['ipv6'] ) ? $records[0]['ipv6'] : $stored['ip'];
		}
		update_option(
			self::OPTION,
			array(
				'host' => $host,
				'ip'   => $ip,
				'at'   => time(),
			),
			false
		);
	}

	/**
	 * The address, without asking anybody.
	 *
	 * @return string Empty when it is not known.
	 */
	public static function cached() {
		$host    = self::host();
		$literal = self::literal( $host );
		if ( '' !== $literal ) {
			return $literal;
		}
		$stored = self::stored( $host );
		return time() - $stored['at'] < self::GOOD_FOR ? $stored['ip'] : '';
	}

	/**
	 * Host of the app.
	 *
	 * @return string Empty when the site is not connected.
	 */
	private static function host() {
		$connection = IGNY8_Connection::get();
		return null === $connection ? '' : strtolower( (string) wp_parse_url( $connection['app'], PHP_URL_HOST ) );
	}

	/**
	 * The address of a host that needs no looking up.
	 *
	 * @param string $host Host.
	 * @return string Empty when it needs to be.
	 */
	private static function literal( $host ) {
		$host = trim( $host, '[]' );
		if ( 'localhost' === $host ) {
			return self::LOOPBACK;
		}
		return false === filter_var( $host, FILTER_VALIDATE_IP ) ? '' : $host;
	}

	/**
	 * What was looked up.
	 *
	 * @param string $host Host.
	 * @return array{ip:string,at:int}
	 */
	private static function stored( $host ) {
		$stored = get_option( self::OPTION );
		$same   = is_array( $stored ) && isset( $stored['host'], $stored['ip'], $stored['at'] ) && $stored['host'] === $host;
		return array(
			'ip' => $same ? (string) $stored['ip'] : '',
			'at' => $same ? (int) $stored['at'] : 0,
		);
	}
}
