<?php
/**
 * How far a publish is.
 *
 * @package IGNY8
 */

/**
 * Tells the app how far a long publish is, without waiting for it.
 *
 * A wp_remote_post() that is not "blocking" still waits for the connection, and with cURL for up to a second. So the
 * request is driven by hand, a step whenever the publish has a moment: nothing is sent in the first 0.7 s, not twice
 * within 0.7 s, and all of it together takes no more than 3 % of the time the request has taken so far, give or take
 * what cURL does at one go. What cannot be sent in that is not sent.
 */
class IGNY8_Progress {

	const EVERY_SECONDS = 0.7;
	const SHARE         = 0.03;
	const PATIENCE      = 5.0;
	const WAIT_AT_ONCE  = 0.005;

	/**
	 * Seconds that a word may take, of which no step can be cut short: with HTTPS cURL reads all certificates at once.
	 */
	const PLAIN_SECONDS = 0.003;
	const HTTPS_SECONDS = 0.05;

	/**
	 * What the app is told of: run_id, content_id and task_id.
	 *
	 * @var array<string,string|null>|null
	 */
	private static $subject;

	/**
	 * When the request began.
	 *
	 * @var float
	 */
	private static $began = 0.0;

	/**
	 * When the last word began to be sent.
	 *
	 * @var float
	 */
	private static $last = 0.0;

	/**
	 * Seconds spent so far.
	 *
	 * @var float
	 */
	private static $spent = 0.0;

	/**
	 * Highest percentage so far.
	 *
	 * @var int
	 */
	private static $percent = 0;

	/**
	 * The handle that drives all requests.
	 *
	 * @var mixed
	 */
	private static $multi;

	/**
	 * The request that is being sent, or null.
	 *
	 * @var mixed
	 */
	private static $sending;

	/**
	 * Requests whose answer nobody waits for.
	 *
	 * @var array<int,mixed>
	 */
	private static $sent = array();

	/**
	 * Whether sending is not possible here, or has failed.
	 *
	 * @var bool
	 */
	private static $unavailable = false;

	/**
	 * Starts to report a publish. Nothing is sent before.
	 *
	 * @param string      $run_id     Run.
	 * @param string      $content_id Content.
	 * @param string|null $task_id    Task.
	 */
	public static function start( $run_id, $content_id, $task_id ) {
		self::$subject = array(
			'run_id'     => $run_id,
			'content_id' => $content_id,
			'task_id'    => $task_id,
		);
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- a number.
		self::$began       = isset( $_SERVER['REQUEST_TIME_FLOAT'] ) ? (float) $_SERVER['REQUEST_TIME_FLOAT'] : microtime( true );
		self::$last        = self::$began;
		self::$percent     = 0;
		self::$unavailable = ! function_exists( 'curl_multi_init' );
	}

	/**
	 * Tells that a step begins.
	 *
	 * @param string $step Step.
	 */
	public static function begin_step( $step ) {
		$steps = array(
			'taxonomies' => array( 55, __( 'Looking for terms', 'igny8' ) ),
			'content'    => array( 65, __( 'Writing the post', 'igny8' ) ),
			'commit'     => array( 90, __( 'Going live', 'igny8' ) ),
		);
		if ( isset( $steps[ $step ] ) ) {
			self::send_message( $step, ...$steps[ $step ] );
		}
	}

	/**
	 * Reports how far it is, or skips that when it would take too long.
	 *
	 * @param string $step    Step.
	 * @param int    $percent 0 to 100; what is behind the last one is not told.
	 * @param string $message Sentence for a person.
	 */
	public static function send_message( $step, $percent, $message ) {
		$now = microtime( true );
		if ( null === self::$subject || self::$unavailable || self::seconds_available( $now ) < self::seconds_per_message() || $percent <= self::$percent || $now - self::$last < self::EVERY_SECONDS ) {
			return;
		}
		try {
			if ( null !== self::$sending ) {
				self::pump();
			}
			if ( null === self::$sending ) {
				self::$percent = $percent;
				self::$last    = $now;
				$event         = array(
					'step'     => $step,
					'progress' => $percent,
					'message'  => $message,
				);
				self::begin_request( self::$subject + $event );
				self::$spent += microtime( true ) - $now;
				self::pump();
			}
		} catch ( Throwable $thrown ) {
			self::$unavailable = true;
		}
	}

	/**
	 * Goes on sending, as long as its share of the time lasts. Also a filter of queries: a publish has many.
	 *
	 * @param mixed $query Passed through.
	 * @return mixed
	 */
	public static function pump( $query = null ) {
		$began = microtime( true );
		$share = self::seconds_available( $began );
		while ( null !== self::$sending && $share > 0 ) {
			$before = microtime( true );
			curl_multi_exec( self::$multi, $running ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- the HTTP API waits.
			if ( IGNY8_Unawaited_Call::is_sent( self::$sending ) || 0 === $running || $before - self::$last > self::PATIENCE ) {
				self::$sent[]  = self::$sending;
				self::$sending = null;
				remove_filter( 'query', array( __CLASS__, 'pump' ) );
				break;
			}
			curl_multi_select( self::$multi, min( $share, self::WAIT_AT_ONCE ) ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- see above.
			$share -= microtime( true ) - $before;
		}
		self::$spent += microtime( true ) - $began;
		return $query;
	}

	/**
	 * Seconds that telling took so far.
	 *
	 * @return float
	 */
	public static function seconds_spent() {
		return self::$spent;
	}

	/**
	 * Gives up what was not sent; once the answer is out.
	 */
	public static function end() {
		remove_filter( 'query', array( __CLASS__, 'pump' ) );
		self::$subject = null;
		self::$sending = null;
		self::$sent    = array();
		self::$multi   = null;
	}

	/**
	 * Begins a request.
	 *
	 * @param array<string,mixed> $data Body.
	 */
	private static function begin_request( $data ) {
		$connection = IGNY8_Connection::get();
		$handle     = null === $connection || ! self::is_enabled() ? null : IGNY8_Unawaited_Call::handle( $connection, 'publish-progress', $data );
		if ( null === $handle ) {
			self::$unavailable = true;
			return;
		}
		// phpcs:disable WordPress.WP.AlternativeFunctions -- the HTTP API waits.
		if ( null === self::$multi ) {
			self::$multi = curl_multi_init();
		}
		curl_multi_add_handle( self::$multi, $handle );
		// phpcs:enable WordPress.WP.AlternativeFunctions
		self::$sending = $handle;
		add_filter( 'query', array( __CLASS__, 'pump' ) );
	}

	/**
	 * Seconds that may be spent on telling, by now.
	 *
	 * @param float $now Now.
	 * @return float
	 */
	private static function seconds_available( $now ) {
		return self::SHARE * ( $now - self::$began ) - self::$spent;
	}

	/**
	 * Seconds that the next word may take at one go.
	 *
	 * @return float
	 */
	private static function seconds_per_message() {
		$connection = IGNY8_Connection::get();
		return null !== $connection && 0 === strpos( $connection['app'], 'https:' ) ? self::HTTPS_SECONDS : self::PLAIN_SECONDS;
	}

	/**
	 * Whether somebody wants to be told.
	 *
	 * @return bool
	 */
	private static function is_enabled() {
		/**
		 * Filters whether the app is told how far a publish is while it goes on.
		 *
		 * @param bool $tell Whether it is.
		 */
		return (bool) apply_filters( 'igny8_publish_progress', true );
	}
}
