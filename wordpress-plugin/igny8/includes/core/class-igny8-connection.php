<?php
/**
 * The connection with the app.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * The stored connection: keys, the app's names, the address that was paired, the user to act as.
 */
class IGNY8_Connection {

	const OPTION           = 'igny8_connection';
	const ROTATION_SECONDS = 86400;

	/**
	 * Seconds that the sites of a network may take to tell the app that the plugin is active again.
	 */
	const GREETING_SECONDS = 20;

	/**
	 * When the first site of this request told it; null before.
	 *
	 * @var int|null
	 */
	private static $greeting_since;

	/**
	 * The stored connection, or null.
	 *
	 * @return array<string,mixed>|null With app, site, keys (newest first), home_url, user_id, chosen_by, account,
	 *                                  site_name, confirmed, problem, cure, connected_at.
	 */
	public static function get() {
		$stored = get_option( self::OPTION );
		return is_array( $stored ) && ! empty( $stored['keys'] ) ? $stored : null;
	}

	/**
	 * Stores a connection key and tells the app.
	 *
	 * @param string $text    The key as it was pasted.
	 * @param int    $user_id User whom the app will act as, chosen by who is signed in.
	 * @return string Sentence for the person.
	 * @throws IGNY8_Exception When the text is no connection key.
	 */
	public static function connect( $text, $user_id ) {
		$fields = IGNY8_Signing::decode_connection_key( $text );
		if ( null === $fields ) {
			throw new IGNY8_Exception( 'BAD_REQUEST', __( 'This is not a whole connection key. Copy it again from the site settings in the app: it starts with igny8- and is one long line.', 'igny8' ), 400 );
		}
		$now  = time();
		$keys = array(
			array(
				'key'    => $fields['key'],
				'secret' => $fields['secret'],
				'until'  => 0,
			),
		);
		$old  = self::get();
		if ( null !== $old && $old['app'] === $fields['app'] && $old['site'] === $fields['site'] && $old['keys'][0]['key'] !== $fields['key'] ) {
			// The app may still be using the key that this one replaces.
			$keys[] = array_merge( $old['keys'][0], array( 'until' => $now + self::ROTATION_SECONDS ) );
		}
		$connection = array(
			'app'          => untrailingslashit( $fields['app'] ),
			'site'         => $fields['site'],
			'keys'         => $keys,
			'home_url'     => home_url(),
			'user_id'      => $user_id,
			'chosen_by'    => get_current_user_id(),
			'account'      => '',
			'site_name'    => '',
			'confirmed'    => false,
			'problem'      => '',
			'cure'         => '',
			'connected_at' => $now,
		);
		update_option( self::OPTION, $connection, true );
		return self::announce();
	}

	/**
	 * Tells the app that this site is connected, and stores its names or what is wrong.
	 *
	 * @return string Sentence for the person.
	 */
	public static function announce() {
		$connection = self::get();
		if ( null === $connection ) {
			return __( 'This site is not connected.', 'igny8' );
		}
		$answer                = IGNY8_App_Client::post( $connection, '/integrations/' . rawurlencode( $connection['site'] ) . '/connect/', IGNY8_Status::introduction() );
		$connection['problem'] = $answer['problem'];
		$connection['cure']    = $answer['cure'];
		if ( '' === $answer['problem'] ) {
			$connection['confirmed'] = true;
			$connection['account']   = sanitize_text_field( isset( $answer['result']['account'] ) ? (string) $answer['result']['account'] : '' );
			$connection['site_name'] = sanitize_text_field( isset( $answer['result']['site'] ) ? (string) $answer['result']['site'] : '' );
		}
		update_option( self::OPTION, $connection, true );
		if ( '' === $answer['problem'] ) {
			/* translators: 1: account in the app, 2: site in the app. */
			return sprintf( __( 'Connected to %1$s, site %2$s.', 'igny8' ), $connection['account'], $connection['site_name'] );
		}
		return __( 'The key is stored.', 'igny8' ) . ' ' . $answer['problem'] . ' ' . $answer['cure'];
	}

	/**
	 * Tells the app, at the end of this request, that the plugin is active again: nobody noted what changed meanwhile.
	 */
	public static function announce_at_shutdown() {
		$connection = self::get();
		if ( null === $connection || self::is_clone( $connection ) ) {
			return;
		}
		$site_id = get_current_blog_id();
		add_action(
			'shutdown',
			static function () use ( $site_id ) {
				if ( function_exists( 'fastcgi_finish_request' ) ) {
					fastcgi_finish_request();
				}
				self::announce_site( $site_id );
			}
		);
	}

	/**
	 * Tells the app of a site. Those of a large network for which there is no time left wait for the app's own look.
	 *
	 * @param int $site_id Site.
	 */
	private static function announce_site( $site_id ) {
		self::$greeting_since = null === self::$greeting_since ? time() : self::$greeting_since;
		if ( time() - self::$greeting_since > self::GREETING_SECONDS ) {
			return;
		}
		$is_other = get_current_blog_id() !== $site_id;
		if ( $is_other ) {
			switch_to_blog( $site_id );
		}
		self::announce();
		if ( $is_other ) {
			restore_current_blog();
		}
	}

	/**
	 * Notes that the app's signature held: from now on the pairing is complete.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @return array<string,mixed> Connection.
	 */
	public static function confirm( $connection ) {
		if ( ! $connection['confirmed'] ) {
			$connection['confirmed'] = true;
			$connection['problem']   = '';
			$connection['cure']      = '';
			update_option( self::OPTION, $connection, true );
		}
		return $connection;
	}

	/**
	 * Forgets the connection.
	 */
	public static function disconnect() {
		delete_option( self::OPTION );
	}

	/**
	 * Secrets by key id that are good now.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @return array<string,string>
	 */
	public static function secrets( $connection ) {
		$secrets = array();
		foreach ( $connection['keys'] as $key ) {
			if ( 0 === $key['until'] || $key['until'] > time() ) {
				$secrets[ $key['key'] ] = $key['secret'];
			}
		}
		return $secrets;
	}

	/**
	 * Whether this is another site than the one that was paired: a copy, or one that moved.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @return bool
	 */
	public static function is_clone( $connection ) {
		return self::address( $connection['home_url'] ) !== self::address( home_url() );
	}

	/**
	 * The error of a copied site.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @return IGNY8_Exception
	 */
	public static function clone_error( $connection ) {
		return new IGNY8_Exception(
			'SITE_CLONED',
			__( 'This site is a copy or has moved: its address is not the one that was connected. If it is to be published to, paste a connection key in its IGNY8 settings.', 'igny8' ),
			409,
			'preflight',
			array(
				'paired_home_url' => $connection['home_url'],
				'home_url'        => home_url(),
			)
		);
	}

	/**
	 * An address to compare: a change to HTTPS or of a slash is no move.
	 *
	 * @param string $url URL.
	 * @return string
	 */
	private static function address( $url ) {
		return untrailingslashit( strtolower( (string) preg_replace( '#^https?://#i', '', $url ) ) );
	}
}
