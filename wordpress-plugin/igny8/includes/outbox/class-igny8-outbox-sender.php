<?php
/**
 * Telling the app what changed.
 *
 * @package IGNY8
 */

/**
 * Sends what is due in the outbox: one sender of a site at a time, page by page, and forgets only what the app has
 * acknowledged.
 *
 * When the app does not answer, everybody waits, longer each time. When it answers but cannot take a page, the events
 * go one by one until the one that it cannot take waits by itself.
 */
class IGNY8_Outbox_Sender {

	const EVENTS = 50;
	const COUNTS = 20;
	const MISSES = 3;

	const SCHEDULE = 'igny8_minute';

	const SHUTDOWN_SECONDS = 10;
	const CRON_SECONDS     = 30;

	/**
	 * Statuses by which the app says that it is the body it does not want.
	 */
	const BODY_REFUSED = array( 400, 413, 422 );

	/**
	 * The status by which it may mean that.
	 */
	const APP_FAILED = 500;

	/**
	 * Connection.
	 *
	 * @var array<string,mixed>
	 */
	private $connection;

	/**
	 * State when it began, with the changes since.
	 *
	 * @var array<string,mixed>
	 */
	private $state;

	/**
	 * What became of it.
	 *
	 * @var array{sent:int,dropped:int,problem:string}
	 */
	private $report = array(
		'sent'    => 0,
		'dropped' => 0,
		'problem' => '',
	);

	/**
	 * Sends what is due.
	 *
	 * @param float $seconds   No new page after so many.
	 * @param bool  $impatient Whether to try although the last try failed a moment ago.
	 * @return array{sent:int,dropped:int,problem:string}
	 */
	public static function run( $seconds, $impatient = false ) {
		$connection = IGNY8_Connection::get();
		$sender     = new self( $connection );
		if ( null === $connection || IGNY8_Connection::is_clone( $connection ) ) {
			$sender->report['problem'] = __( 'This site is not connected, or is a copy of the one that is.', 'igny8' );
			return $sender->report;
		}
		$lease = IGNY8_Outbox_State::take_lease();
		if ( null === $lease ) {
			$sender->report['problem'] = __( 'Another process is sending at this moment.', 'igny8' );
			return $sender->report;
		}
		try {
			$sender->state = IGNY8_Outbox_State::read();
			if ( $impatient || ! self::has_to_wait( $sender->state, $connection ) ) {
				$sender->send_all( $lease, microtime( true ) + $seconds );
			}
		} finally {
			IGNY8_Outbox_State::release_lease( $lease );
		}
		return $sender->report;
	}

	/**
	 * At the end of a request whose answer is out, or that nobody waits for.
	 */
	public static function at_shutdown() {
		$connection = IGNY8_Connection::get();
		if ( null === $connection || ! IGNY8_Outbox::any_due() || self::is_paused( $connection ) ) {
			return;
		}
		ignore_user_abort( true );
		self::end_answer();
		self::run_quietly( self::SHUTDOWN_SECONDS );
	}

	/**
	 * Sends the answer off, so that nobody waits for what follows.
	 *
	 * @return bool Whether the server can do that.
	 */
	public static function end_answer() {
		$finish = array_values( array_filter( array( 'fastcgi_finish_request', 'litespeed_finish_request' ), 'function_exists' ) );
		if ( PHP_SESSION_ACTIVE === session_status() ) {
			// The person's next request would wait for this one.
			session_write_close();
		}
		if ( array() !== $finish ) {
			call_user_func( $finish[0] );
		}
		return array() !== $finish;
	}

	/**
	 * Whether the app is left alone after a failure.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @return bool
	 */
	public static function is_paused( $connection ) {
		return self::has_to_wait( IGNY8_Outbox_State::read(), $connection );
	}

	/**
	 * Each minute, by cron.
	 */
	public static function drain_by_cron() {
		if ( null === IGNY8_Connection::get() ) {
			return;
		}
		IGNY8_App_Address::refresh();
		IGNY8_Outbox::expire_counts();
		self::run_quietly( self::CRON_SECONDS );
	}

	/**
	 * Adds the interval of the cron event.
	 *
	 * @param array<string,array<string,mixed>> $schedules Schedules.
	 * @return array<string,array<string,mixed>>
	 */
	public static function add_schedule( $schedules ) {
		$schedules[ self::SCHEDULE ] = array(
			'interval' => MINUTE_IN_SECONDS,
			// Other plugins ask for schedules before translations may be loaded.
			'display'  => did_action( 'init' ) > 0 ? __( 'Every minute', 'igny8' ) : 'Every minute',
		);
		return $schedules;
	}

	/**
	 * Registers the cron event, once.
	 */
	public static function schedule() {
		if ( false === wp_next_scheduled( IGNY8_Plugin::DRAIN ) ) {
			wp_schedule_event( time(), self::SCHEDULE, IGNY8_Plugin::DRAIN );
		}
	}

	/**
	 * Takes the cron event away, when the plugin is deactivated.
	 */
	public static function unschedule() {
		wp_clear_scheduled_hook( IGNY8_Plugin::DRAIN );
	}

	/**
	 * Events in a row that the app did not take, each by itself.
	 *
	 * @var int
	 */
	private $misses = 0;

	/**
	 * Pages that the app took.
	 *
	 * @var int
	 */
	private $pages = 0;

	/**
	 * Takes what it works with.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 */
	private function __construct( $connection ) {
		$this->connection = $connection;
	}

	/**
	 * Sends, and swallows what other plugins throw: at shutdown and in cron nobody could see it.
	 *
	 * @param float $seconds No new page after so many.
	 */
	private static function run_quietly( $seconds ) {
		try {
			self::run( $seconds );
		} catch ( Throwable $thrown ) {
			// The rows are there still, and wait a little longer each time.
			do_action( 'igny8_drain_failed', $thrown );
		}
	}

	/**
	 * Whether the pause after a failure lasts; a new key ends it.
	 *
	 * @param array<string,mixed> $state      State.
	 * @param array<string,mixed> $connection Connection.
	 * @return bool
	 */
	private static function has_to_wait( $state, $connection ) {
		return $state['retry_at'] > IGNY8_Outbox::now() && $state['key'] === $connection['keys'][0]['key'];
	}

	/**
	 * Sends page after page.
	 *
	 * @param string $lease    Lease, by reference: it is renewed.
	 * @param float  $deadline When to stop.
	 */
	private function send_all( &$lease, $deadline ) {
		do {
			$claim = bin2hex( random_bytes( 16 ) );
			$rows  = IGNY8_Outbox::claim( $claim, $this->state['alone'] ? 1 : self::EVENTS, $this->state['floor'] );
			if ( array() === $rows ) {
				$this->update_state( array( 'alone' => false ) );
			}
			$going = array() !== $rows && $this->send_page( $claim, $rows );
			$lease = $going ? IGNY8_Outbox_State::renew_lease( $lease ) : $lease;
		} while ( $going && null !== $lease && microtime( true ) < $deadline );
		if ( '' === $this->report['problem'] && null !== $lease ) {
			$this->send_counts();
		}
	}

	/**
	 * Sends one page.
	 *
	 * @param string                          $claim Claim.
	 * @param array<int,array<string,string>> $rows  Rows.
	 * @return bool Whether to go on with the next one.
	 */
	private function send_page( $claim, $rows ) {
		$page = new IGNY8_Outbox_Events( $rows );
		IGNY8_Outbox::drop( $claim, $page->echoes );
		IGNY8_Outbox::release( $claim, $page->unsent_tokens );
		$this->report['dropped'] += count( $page->echoes );

		$this->update_state( array( 'floor' => max( $this->state['floor'], (int) max( array_column( $rows, 'sequence' ) ) ) ) );
		$going_out = IGNY8_Outbox::mark_sent( $claim, array_keys( $page->json ) );
		if ( array() === $going_out ) {
			return true;
		}
		$body   = '{"events":[' . implode( ',', array_intersect_key( $page->json, array_flip( $going_out ) ) ) . ']}';
		$answer = IGNY8_App_Client::send( $this->connection, 'POST', $this->path( 'events' ), $body );
		if ( '' === $answer['problem'] ) {
			$this->delivered( $page, $going_out, $answer['result'] );
			return true;
		}
		return $this->page_failed( $claim, $going_out, $answer );
	}

	/**
	 * Forgets what the app has.
	 *
	 * @param IGNY8_Outbox_Events $page      Page.
	 * @param string[]            $going_out Tokens that went out.
	 * @param array<string,mixed> $result    The app's answer.
	 */
	private function delivered( $page, $going_out, $result ) {
		$acknowledged = self::ids( isset( $result['acknowledged'] ) ? $result['acknowledged'] : array(), $going_out );
		$refused      = self::ids( isset( $result['refused'] ) && is_array( $result['refused'] ) ? array_column( $result['refused'], 'id' ) : array(), $going_out );
		foreach ( array_intersect_key( $page->deliveries, array_flip( array_merge( $acknowledged, $refused ) ) ) as $token => $delivery ) {
			IGNY8_Reported_Hashes::mark_delivered( in_array( $token, $refused, true ) ? array_merge( $delivery, array( 'after' => '' ) ) : $delivery );
		}
		if ( $this->state['failures'] > 0 ) {
			// The app is back: what waits longer and longer by itself may have failed with all the rest.
			IGNY8_Outbox::make_failed_due();
		}
		$this->misses = 0;
		++$this->pages;
		$this->report['sent'] += IGNY8_Outbox::forget( array_merge( $acknowledged, $refused ) );
		$this->update_state(
			array(
				'failures'     => 0,
				'retry_at'     => 0,
				'delivered_at' => IGNY8_Outbox::now(),
				'alone'        => $this->state['alone'] && $this->pages < self::EVENTS,
				'problem'      => '',
			)
		);
	}

	/**
	 * After a page that the app did not take.
	 *
	 * @param string              $claim  Claim.
	 * @param string[]            $tokens Tokens.
	 * @param array<string,mixed> $answer Answer.
	 * @return bool Whether to go on.
	 */
	private function page_failed( $claim, $tokens, $answer ) {
		$body_refused = in_array( $answer['status'], self::BODY_REFUSED, true );
		$maybe        = self::APP_FAILED === $answer['status'];
		if ( 1 === count( $tokens ) && ( $body_refused || ( $maybe && $this->state['alone'] ) ) ) {
			// It waits by itself, and the others go on; unless it looks as if the app took none at all.
			++$this->misses;
			if ( $body_refused ? $this->misses < self::EVENTS : $this->misses < self::MISSES ) {
				return true;
			}
		} else {
			IGNY8_Outbox::release( $claim, $tokens );
			$this->update_state( array( 'alone' => $body_refused || $maybe ) );
			if ( $body_refused ) {
				return true;
			}
		}
		$this->update_state( $this->failure( $answer ) );
		$this->report['problem'] = $answer['problem'];
		return false;
	}

	/**
	 * The state after a failure.
	 *
	 * @param array<string,mixed> $answer Answer.
	 * @return array<string,mixed>
	 */
	private function failure( $answer ) {
		$times = IGNY8_Outbox::times();
		$wait  = min( $times['backoff_at_most'], $times['backoff'] * pow( 2, min( 20, $this->state['failures'] ) ) );
		$wait  = max( $wait, min( $times['backoff_at_most'], $answer['retry_after'] ) );
		return array(
			'failures' => $this->state['failures'] + 1,
			'retry_at' => IGNY8_Outbox::now() + IGNY8_Outbox::microseconds( $wait ),
			'key'      => $this->connection['keys'][0]['key'],
			'problem'  => $answer['problem'],
		);
	}

	/**
	 * Sends the counts of publishes. One that the app does not want is not worth a second try.
	 */
	private function send_counts() {
		foreach ( IGNY8_Outbox::pending_counts( self::COUNTS ) as $row ) {
			$answer = IGNY8_App_Client::send( $this->connection, 'PUT', $this->path( 'stats/increment' ), $row['note'] );
			if ( '' !== $answer['problem'] && ! in_array( $answer['status'], self::BODY_REFUSED, true ) ) {
				IGNY8_Outbox::postpone_counts();
				return;
			}
			IGNY8_Outbox::forget( array( $row['token'] ) );
		}
	}

	/**
	 * A path of this site in the app.
	 *
	 * @param string $name Last part.
	 * @return string
	 */
	private function path( $name ) {
		return '/integrations/' . rawurlencode( $this->connection['site'] ) . '/' . $name . '/';
	}

	/**
	 * Changes the state.
	 *
	 * @param array<string,mixed> $changes Changes.
	 */
	private function update_state( $changes ) {
		if ( array_intersect_key( $this->state, $changes ) !== $changes ) {
			$this->state = array_merge( $this->state, $changes );
			IGNY8_Outbox_State::write( $changes );
		}
	}

	/**
	 * Those of the ids an answer names that were sent.
	 *
	 * @param mixed    $named Ids.
	 * @param string[] $sent  Tokens.
	 * @return string[]
	 */
	private static function ids( $named, $sent ) {
		return is_array( $named ) ? array_values( array_intersect( $sent, array_filter( $named, 'is_string' ) ) ) : array();
	}
}
