<?php
/**
 * What the app has not been told yet.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * The rows of `{prefix}igny8_outbox`: one per object, however often it changed. Times are microseconds since 1970.
 *
 * A row says that an object changed, never how: the state is read when it is sent. So a row that was written at the
 * first hook of a request covers all that the request changes until the row falls due, also when PHP dies in between.
 *
 * `token` is new with every change and what an acknowledgement names; `claim` is new with every sending and emptied by
 * a change, so that nothing older than the row is ever sent under its token.
 */
class IGNY8_Outbox {

	const POST  = 'post';
	const TERM  = 'term';
	const STATS = 'stats';

	/**
	 * Failures of a row by itself after which it is sent alone: it may be what breaks the others.
	 */
	const ALONE_AFTER = 2;

	/**
	 * Seconds: from the last change to sending, from the first at most, from a written row to its sending at least,
	 * how long a sender holds the lease, the first and longest wait after a failure, and from one nudge of the app to the
	 * next (0: never).
	 *
	 * @return array{delay:float,at_most:float,settle:float,lease:float,backoff:float,backoff_at_most:float,nudge:float}
	 */
	public static function times() {
		/**
		 * Filters the times of the outbox, in seconds.
		 *
		 * @param array<string,float> $times Times.
		 */
		return (array) apply_filters(
			'igny8_outbox_times',
			array(
				'delay'           => 30,
				'at_most'         => 300,
				'settle'          => 5,
				'lease'           => 60,
				'backoff'         => 30,
				'backoff_at_most' => 3600,
				'nudge'           => 20,
			)
		);
	}

	/**
	 * Now.
	 *
	 * @return int
	 */
	public static function now() {
		return (int) ( microtime( true ) * 1000000 );
	}

	/**
	 * Notes that an object changed: one statement, which disturbs nobody when it fails. What was to be due sooner than a
	 * change is as a rule stays so.
	 *
	 * @param string $kind  One of the constants.
	 * @param int    $id    Post or term.
	 * @param string $part  Taxonomy of a term; run of a count.
	 * @param string $note  What cannot be read any more once the object is deleted, or what is counted; JSON in ASCII.
	 * @param float  $delay Seconds until it is due.
	 * @return bool False when it could not be stored.
	 */
	public static function touch( $kind, $id, $part = '', $note = '', $delay = null ) {
		$times = self::times();
		$now   = self::now();
		$due   = $now + self::microseconds( null === $delay ? $times['delay'] : $delay );
		return false !== self::write(
			'INSERT INTO %t (object, object_id, part, token, sequence, first_at, due_at, changed_at, changed_by, note) VALUES (%s, %d, %s, %s, %d, %d, %d, %d, %d, %s)
			ON DUPLICATE KEY UPDATE
			sequence = GREATEST(sequence + 1, VALUES(sequence)),
			first_at = IF(first_at = 0, VALUES(first_at), first_at),
			due_at = GREATEST(LEAST(VALUES(due_at), first_at + %d, IF(due_at > VALUES(changed_at) AND due_at < changed_at + %d, due_at, VALUES(due_at))), VALUES(changed_at) + %d),
			token = VALUES(token), claim = \'\', next_try = 0, changed_at = VALUES(changed_at),
			changed_by = IF(VALUES(changed_by) = 0, changed_by, VALUES(changed_by)),
			note = IF(VALUES(note) = \'\', note, VALUES(note))',
			$kind,
			$id,
			$part,
			bin2hex( random_bytes( 16 ) ),
			$now,
			$now,
			$due,
			$now,
			function_exists( 'wp_get_current_user' ) ? get_current_user_id() : 0,
			$note,
			self::microseconds( $times['at_most'] ),
			self::microseconds( $times['delay'] ),
			self::microseconds( min( $times['settle'], $times['delay'] ) )
		);
	}

	/**
	 * After a publish: an event that is on its way tells of what the publish replaced, so the object is told again.
	 *
	 * @param int $post_id Post.
	 */
	public static function send_again( $post_id ) {
		self::write(
			"UPDATE %t SET token = %s, claim = '', sequence = GREATEST(sequence + 1, %d), due_at = %d, next_try = 0 WHERE object = 'post' AND object_id = %d AND sent = 1",
			bin2hex( random_bytes( 16 ) ),
			self::now(),
			self::now() + self::microseconds( self::times()['delay'] ),
			$post_id
		);
	}

	/**
	 * Whether something is due, the failures of the past aside.
	 *
	 * @return bool
	 */
	public static function any_due() {
		return array() !== self::read( 'SELECT 1 FROM %t WHERE due_at <= %d AND next_try <= %d LIMIT 1', self::now(), self::now() );
	}

	/**
	 * Seconds until the first event is due that is not yet; 0 when one is due already and was never sent.
	 *
	 * @return float|null Null when there is none.
	 */
	public static function next_due_in() {
		$rows = self::read( "SELECT MIN(due_at) AS due FROM %t WHERE object <> 'stats' AND (due_at > %d OR sent = 0)", self::now() );
		$due  = isset( $rows[0]['due'] ) ? (int) $rows[0]['due'] : 0;
		return 0 === $due ? null : max( 0, round( ( $due - self::now() ) / 1000000, 1 ) );
	}

	/**
	 * Makes rows that wait after failures of their own due again; each is still sent alone.
	 */
	public static function make_failed_due() {
		self::write( "UPDATE %t SET next_try = 0, attempts = LEAST(attempts, %d) WHERE object <> 'stats' AND next_try > 0 AND attempts > 0", self::ALONE_AFTER );
	}

	/**
	 * Claims events that are due, so that no other sender takes them and a crash makes them wait longer each time.
	 *
	 * @param string $claim New claim.
	 * @param int    $limit How many.
	 * @param int    $floor Highest sequence that was ever sent: a clock that went back must not make a change look old.
	 * @return array<int,array<string,string>> Rows, the longest due first.
	 */
	public static function claim( $claim, $limit, $floor ) {
		$now   = self::now();
		$times = self::times();
		foreach ( array( array( 'attempts < ' . self::ALONE_AFTER, $limit ), array( 'attempts >= ' . self::ALONE_AFTER, 1 ) ) as $round ) {
			$rows_changed = self::write(
				"UPDATE %t SET claim = %s, first_at = 0, sequence = IF(sent = 0, GREATEST(sequence, %d), sequence),
				next_try = %d + GREATEST(%d, LEAST(%d, %d * POW(2, LEAST(attempts, 20)))), attempts = attempts + 1
				WHERE object <> 'stats' AND due_at <= %d AND next_try <= %d AND {$round[0]} ORDER BY due_at LIMIT %d",
				$claim,
				$floor + 1,
				$now,
				self::microseconds( $times['lease'] ),
				self::microseconds( $times['backoff_at_most'] ),
				self::microseconds( $times['backoff'] ),
				$now,
				$now,
				$round[1]
			);
			if ( $rows_changed > 0 ) {
				return self::claimed( $claim );
			}
		}
		return array();
	}

	/**
	 * Claims events for the app that asks for them: failures of our own calls do not matter.
	 *
	 * @param string $claim New claim.
	 * @param int    $limit How many.
	 * @param int    $floor As above.
	 * @return array<int,array<string,string>>
	 */
	public static function claim_for_pull( $claim, $limit, $floor ) {
		$rows_changed = self::write( "UPDATE %t SET claim = %s, first_at = 0, sequence = IF(sent = 0, GREATEST(sequence, %d), sequence) WHERE object <> 'stats' AND due_at <= %d ORDER BY due_at LIMIT %d", $claim, $floor + 1, self::now(), $limit );
		return $rows_changed > 0 ? self::claimed( $claim ) : array();
	}

	/**
	 * Notes that events go out now.
	 *
	 * @param string   $claim  Claim.
	 * @param string[] $tokens Tokens.
	 * @return string[] Those that did not change while they were read; the others wait for another time.
	 */
	public static function mark_sent( $claim, $tokens ) {
		self::by_token( 'UPDATE %t SET sent = 1 WHERE token IN (%l) AND claim = %s', $tokens, $claim );
		$unchanged_tokens = array_column( self::read( 'SELECT token FROM %t WHERE claim = %s AND sent = 1', $claim ), 'token' );
		return array_values( array_intersect( $tokens, $unchanged_tokens ) );
	}

	/**
	 * Gives claimed events back as they were: what went wrong was not their fault, or there was no room for them.
	 *
	 * @param string   $claim  Claim.
	 * @param string[] $tokens Tokens.
	 */
	public static function release( $claim, $tokens ) {
		self::by_token( "UPDATE %t SET claim = '', attempts = IF(attempts > 0, attempts - 1, 0), next_try = 0 WHERE token IN (%l) AND claim = %s", $tokens, $claim );
	}

	/**
	 * Deletes the rows that were acknowledged. An object that changed meanwhile has another token and stays.
	 *
	 * @param string[] $tokens Tokens.
	 * @return int How many rows went.
	 */
	public static function forget( $tokens ) {
		return (int) self::by_token( 'DELETE FROM %t WHERE token IN (%l)', $tokens );
	}

	/**
	 * Deletes the rows that the app acknowledges in pull-updates.
	 *
	 * @param string[] $tokens Tokens.
	 * @return int How many rows went.
	 */
	public static function acknowledge( $tokens ) {
		if ( array() === $tokens ) {
			return 0;
		}
		$marks = implode( ',', array_fill( 0, count( $tokens ), '%s' ) );
		$posts = self::read( "SELECT object_id FROM %t WHERE object = 'post' AND token IN ($marks)", ...array_values( $tokens ) );
		IGNY8_Reported_Hashes::clear( array_map( 'intval', array_column( $posts, 'object_id' ) ) );
		return self::forget( $tokens );
	}

	/**
	 * Drops events that would tell the app what it knows; one that was sent before has to be sent again.
	 *
	 * @param string   $claim  Claim.
	 * @param string[] $tokens Tokens.
	 */
	public static function drop( $claim, $tokens ) {
		self::by_token( 'DELETE FROM %t WHERE token IN (%l) AND claim = %s AND sent = 0', $tokens, $claim );
	}

	/**
	 * Counts of publishes to send, the oldest first.
	 *
	 * @param int $limit How many.
	 * @return array<int,array<string,string>>
	 */
	public static function pending_counts( $limit ) {
		return self::read( "SELECT * FROM %t WHERE object = 'stats' AND due_at <= %d ORDER BY due_at LIMIT %d", self::now(), $limit );
	}

	/**
	 * Postpones the counts of publishes.
	 */
	public static function postpone_counts() {
		self::write( "UPDATE %t SET due_at = %d WHERE object = 'stats'", self::now() + self::microseconds( 20 * self::times()['backoff'] ) );
	}

	/**
	 * Deletes counts that the app did not take within a week: the app counts its publishes itself too.
	 */
	public static function expire_counts() {
		self::write( "DELETE FROM %t WHERE object = 'stats' AND changed_at < %d", self::now() - self::microseconds( WEEK_IN_SECONDS ) );
	}

	/**
	 * How the outbox is doing.
	 *
	 * @return array{depth:int,oldest_at:?string,failing:int,last_delivered_at:?string} Times in ISO 8601, UTC.
	 */
	public static function stats() {
		$rows  = self::read( "SELECT COUNT(*) AS depth, MIN(changed_at) AS oldest, SUM(attempts > 1) AS failing FROM %t WHERE object <> 'stats'" );
		$row   = isset( $rows[0] ) ? $rows[0] : array_fill_keys( array( 'depth', 'oldest', 'failing' ), 0 );
		$state = IGNY8_Outbox_State::read();
		return array(
			'depth'             => (int) $row['depth'],
			'oldest_at'         => self::iso( (int) $row['oldest'] ),
			'failing'           => $state['failures'] > 0 ? (int) $row['depth'] : (int) $row['failing'],
			'last_delivered_at' => self::iso( $state['delivered_at'] ),
		);
	}

	/**
	 * Sends all that is due, now, without waiting for the end of a pause after failures.
	 *
	 * @param int $seconds How long at most.
	 * @return array{sent:int,dropped:int,left:int,problem:string} What became of it.
	 */
	public static function drain( $seconds = 300 ) {
		return IGNY8_Outbox_Sender::run( $seconds, true ) + array( 'left' => self::stats()['depth'] );
	}

	/**
	 * A time as it goes over the wire.
	 *
	 * @param int $micro Microseconds; 0 for none.
	 * @return string|null ISO 8601, UTC, whole seconds.
	 */
	public static function iso( $micro ) {
		return $micro > 0 ? gmdate( 'Y-m-d\TH:i:s\Z', intdiv( $micro, 1000000 ) ) : null;
	}

	/**
	 * Seconds in microseconds.
	 *
	 * @param float $seconds Seconds.
	 * @return int
	 */
	public static function microseconds( $seconds ) {
		return (int) round( $seconds * 1000000 );
	}

	/**
	 * The rows of a claim.
	 *
	 * @param string $claim Claim.
	 * @return array<int,array<string,string>>
	 */
	private static function claimed( $claim ) {
		return self::read( 'SELECT * FROM %t WHERE claim = %s ORDER BY due_at', $claim );
	}

	/**
	 * Writes for a list of tokens.
	 *
	 * @param string   $sql     SQL with %l for the list, first.
	 * @param string[] $tokens  Tokens.
	 * @param mixed    ...$args Values after the list.
	 * @return int|false
	 */
	private static function by_token( $sql, $tokens, ...$args ) {
		if ( array() === $tokens ) {
			return 0;
		}
		$sql = str_replace( '%l', implode( ',', array_fill( 0, count( $tokens ), '%s' ) ), $sql );
		return self::write( $sql, ...array_merge( array_values( $tokens ), $args ) );
	}

	/**
	 * Reads rows; none when the table is not there.
	 *
	 * @param string $sql     SQL with %t for the table.
	 * @param mixed  ...$args Values.
	 * @return array<int,array<string,string>>
	 */
	private static function read( $sql, ...$args ) {
		global $wpdb;
		$quiet = $wpdb->suppress_errors( true );
		$rows  = $wpdb->get_results( self::sql( $sql, $args ), ARRAY_A ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- it is, in sql().
		$wpdb->suppress_errors( $quiet );
		return is_array( $rows ) ? $rows : array();
	}

	/**
	 * Writes; who is in the middle of something else with the database finds it as it was.
	 *
	 * @param string $sql     SQL with %t for the table.
	 * @param mixed  ...$args Values.
	 * @return int|false Rows that changed.
	 */
	private static function write( $sql, ...$args ) {
		return IGNY8_Quiet_Query::run( self::sql( $sql, $args ) );
	}

	/**
	 * Prepares SQL.
	 *
	 * @param string       $sql  SQL with %t for the table.
	 * @param array<mixed> $args Values.
	 * @return string
	 */
	private static function sql( $sql, $args ) {
		global $wpdb;
		$sql = str_replace( '%t', IGNY8_Tables::outbox(), $sql );
		return array() === $args ? $sql : $wpdb->prepare( $sql, ...$args ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
	}
}
