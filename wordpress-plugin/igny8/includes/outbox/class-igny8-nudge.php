<?php
/**
 * A word to the app that something changed.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Tells the app when events will be due, so that it fetches them then: a site that nobody visits in the meantime has
 * nobody to send them.
 *
 * It is told at the end of the request that changed something, not twice within some seconds (the app asks again as
 * long as more is due soon) unless what changed now is due before the app asks, and without waiting for an answer. What cannot be told in a moment is not told, and then
 * not tried for a while, longer and longer: the app asks by itself every few minutes too, which ends the wait.
 */
class IGNY8_Nudge {

	const OPTION        = 'igny8_outbox_nudge';
	const PAUSE_SECONDS = 20;
	const PAUSE_AT_MOST = 300;

	/**
	 * Microseconds that the app may ask later than something is due without being told once more.
	 */
	const NEAR = 500000;

	/**
	 * Seconds that it may take: when nobody waits, and when somebody may.
	 */
	const ALONE_SECONDS = 1.0;
	const PLAIN_SECONDS = 0.05;
	const HTTPS_SECONDS = 0.25;

	/**
	 * Sites of the network where something changed in this request, by id; true where it is due soon.
	 *
	 * @var array<int,bool>
	 */
	private static $changed_sites = array();

	/**
	 * Seconds of the wait after the last nudge, when it failed.
	 *
	 * @var int
	 */
	private static $paused = 0;

	/**
	 * Something changed on the current site.
	 *
	 * @param bool $soon Whether it is due sooner than a change is as a rule.
	 */
	public static function schedule( $soon = false ) {
		if ( array() === self::$changed_sites ) {
			add_action( 'shutdown', array( __CLASS__, 'at_shutdown' ), PHP_INT_MAX );
		}
		$site_id                         = get_current_blog_id();
		self::$changed_sites[ $site_id ] = $soon || ! empty( self::$changed_sites[ $site_id ] );
	}

	/**
	 * At the end of a request.
	 */
	public static function at_shutdown() {
		$sites               = self::$changed_sites;
		self::$changed_sites = array();
		foreach ( $sites as $site_id => $soon ) {
			$is_other = get_current_blog_id() !== $site_id;
			if ( $is_other ) {
				switch_to_blog( $site_id );
			}
			try {
				self::send( $soon );
			} catch ( Throwable $thrown ) {
				/**
				 * Fires when the app could not be told that something changed, because another plugin threw.
				 *
				 * @param Throwable $thrown What it threw.
				 */
				do_action( 'igny8_nudge_failed', $thrown );
			}
			if ( $is_other ) {
				restore_current_blog();
			}
		}
	}

	/**
	 * Tells the app, unless that was done a moment ago.
	 *
	 * @param bool $soon Whether something is due sooner than a change is as a rule.
	 */
	private static function send( $soon ) {
		$connection = IGNY8_Connection::get();
		$every      = IGNY8_Outbox::times()['nudge'];
		if ( null === $connection || $every <= 0 || IGNY8_Connection::is_clone( $connection ) || IGNY8_Outbox_Sender::is_paused( $connection ) ) {
			return;
		}
		$due_in = IGNY8_Outbox::next_due_in();
		if ( ! self::take_turn( $every, $soon, null === $due_in ? 0 : $due_in ) ) {
			return;
		}
		$is_alone = wp_doing_cron() || 'cli' === PHP_SAPI || IGNY8_Outbox_Sender::end_answer();
		if ( $is_alone ) {
			IGNY8_App_Address::refresh();
		}
		$handle = IGNY8_Unawaited_Call::handle( $connection, 'nudge', array( 'due_in' => null === $due_in ? 0 : $due_in ) );
		if ( null === $handle || ! IGNY8_Unawaited_Call::send( $handle, $is_alone ? self::ALONE_SECONDS : self::at_most( $connection['app'] ) ) ) {
			self::pause_after_failure();
		}
	}

	/**
	 * Seconds that it may take while somebody waits: with HTTPS the connection alone is three ways there and back.
	 *
	 * @param string $app Address of the app.
	 * @return float
	 */
	private static function at_most( $app ) {
		return 0 === strpos( $app, 'https:' ) ? self::HTTPS_SECONDS : self::PLAIN_SECONDS;
	}

	/**
	 * Ends the pause after a failure, because the app is back.
	 */
	public static function end_backoff() {
		global $wpdb;
		IGNY8_Quiet_Query::run( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = CONCAT('0 ', SUBSTRING(option_value, LOCATE(' ', option_value) + 1)) WHERE option_name = %s AND option_value LIKE %s", self::OPTION, '% % %' ) );
	}

	/**
	 * Takes the turn: one UPDATE, whose row count tells who got it. The option says until when nobody gets the next one,
	 * when the app was told to ask, and how long the wait is when the last one failed.
	 *
	 * @param float $every  Seconds between two.
	 * @param bool  $soon   Whether this one need not wait so long, unless the app asks in time anyway.
	 * @param float $due_in Seconds until the app is to ask.
	 * @return bool
	 */
	private static function take_turn( $every, $soon, $due_in ) {
		global $wpdb;
		$now    = IGNY8_Outbox::now();
		$due    = $now + IGNY8_Outbox::microseconds( $due_in );
		$next   = ( $now + IGNY8_Outbox::microseconds( $every ) ) . ' ' . $due;
		$stored = $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", self::OPTION ) );
		if ( null === $stored ) {
			self::$paused = 0;
			return 1 === IGNY8_Quiet_Query::run( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')", self::OPTION, $next ) );
		}
		list( $until, $announced, $paused ) = array_map( 'intval', explode( ' ', $stored . ' 0 0' ) );
		self::$paused                       = $paused;
		$asks_in_time                       = $announced > $now && $announced <= $due + self::NEAR;
		return ( $until <= $now || ( $soon && 0 === $paused && ! $asks_in_time ) )
			&& 1 === IGNY8_Quiet_Query::run( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND option_value = %s", $next, self::OPTION, $stored ) );
	}

	/**
	 * Pauses the nudges, for twice as long as after the failure before.
	 */
	private static function pause_after_failure() {
		global $wpdb;
		$seconds = min( self::PAUSE_AT_MOST, max( self::PAUSE_SECONDS, 2 * self::$paused ) );
		$until   = ( IGNY8_Outbox::now() + IGNY8_Outbox::microseconds( $seconds ) ) . ' 0 ' . $seconds;
		IGNY8_Quiet_Query::run( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s", $until, self::OPTION ) );
	}
}
