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
 * long as more is due soon), and without waiting for an answer. What cannot be told in a moment is not told, and then
 * not tried for some minutes: the app asks by itself every few minutes too.
 */
class IGNY8_Nudge {

	const OPTION        = 'igny8_outbox_nudge';
	const PAUSE_SECONDS = 300;

	/**
	 * Seconds that it may take: when nobody waits, and when somebody may.
	 */
	const ALONE_SECONDS = 1.0;
	const PLAIN_SECONDS = 0.05;
	const HTTPS_SECONDS = 0.25;

	/**
	 * Sites of the network where something changed in this request, by id.
	 *
	 * @var array<int,bool>
	 */
	private static $wanted = array();

	/**
	 * Something changed on the current site.
	 */
	public static function want() {
		if ( array() === self::$wanted ) {
			add_action( 'shutdown', array( __CLASS__, 'at_shutdown' ), PHP_INT_MAX );
		}
		self::$wanted[ get_current_blog_id() ] = true;
	}

	/**
	 * At the end of a request.
	 */
	public static function at_shutdown() {
		$sites        = array_keys( self::$wanted );
		self::$wanted = array();
		foreach ( $sites as $site_id ) {
			$is_other = get_current_blog_id() !== $site_id;
			if ( $is_other ) {
				switch_to_blog( $site_id );
			}
			try {
				self::tell();
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
	 */
	private static function tell() {
		$connection = IGNY8_Connection::get();
		$every      = IGNY8_Outbox::times()['nudge'];
		if ( null === $connection || $every <= 0 || IGNY8_Connection::is_clone( $connection ) || IGNY8_Outbox_Sender::is_paused( $connection ) ) {
			return;
		}
		$due_in = IGNY8_Outbox::next_due_in();
		if ( ! self::take( $every ) ) {
			return;
		}
		$is_alone = wp_doing_cron() || 'cli' === PHP_SAPI || IGNY8_Outbox_Sender::end_answer();
		if ( $is_alone ) {
			IGNY8_App_Address::refresh();
		}
		$handle = IGNY8_Unawaited_Call::handle( $connection, 'nudge', array( 'due_in' => null === $due_in ? 0 : $due_in ) );
		if ( null === $handle || ! IGNY8_Unawaited_Call::send( $handle, $is_alone ? self::ALONE_SECONDS : self::at_most( $connection['app'] ) ) ) {
			self::pause();
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
	 * Takes the turn: one UPDATE, whose row count tells who got it. The option says until when nobody gets the next one.
	 *
	 * @param float $every Seconds between two.
	 * @return bool
	 */
	private static function take( $every ) {
		global $wpdb;
		$now   = IGNY8_Outbox::now();
		$until = (string) ( $now + IGNY8_Outbox::micro( $every ) );
		$taken = IGNY8_Quiet_Query::run( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND CAST(option_value AS UNSIGNED) <= %d", $until, self::OPTION, $now ) );
		if ( 0 === $taken && null === $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM {$wpdb->options} WHERE option_name = %s", self::OPTION ) ) ) {
			$taken = IGNY8_Quiet_Query::run( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')", self::OPTION, $until ) );
		}
		return 1 === $taken;
	}

	/**
	 * Lets it be for some minutes.
	 */
	private static function pause() {
		global $wpdb;
		$until = (string) ( IGNY8_Outbox::now() + IGNY8_Outbox::micro( self::PAUSE_SECONDS ) );
		IGNY8_Quiet_Query::run( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s", $until, self::OPTION ) );
	}
}
