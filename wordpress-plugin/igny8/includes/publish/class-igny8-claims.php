<?php
/**
 * Claims.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

// phpcs:disable WordPress.DB.PreparedSQL, WordPress.DB.PreparedSQLPlaceholders -- sql() prepares; %t is the table.

/**
 * The rows of `{prefix}igny8_map`: who publishes a content now, and what came of it last.
 *
 * The primary key is the lock. A claim changes hands by one UPDATE whose row count is checked.
 */
class IGNY8_Claims {

	const STALE_SECONDS = 120;
	// How long a request waits for one that tidies up behind its answer, as after a publish that replaced images.
	const LOCK_SECONDS = 1;

	// Only ASCII: wpdb refuses anything else for a table whose columns have several character sets.
	const JSON = JSON_UNESCAPED_SLASHES;

	/**
	 * The row of a content, or null.
	 *
	 * @param string $content_id Content.
	 * @return array<string,mixed>|null With age in seconds; attachments and result decoded, answer being the result as it goes out.
	 */
	public static function row( $content_id ) {
		global $wpdb;
		$row = $wpdb->get_row( self::sql( 'SELECT *, UNIX_TIMESTAMP() - heartbeat AS age FROM %t WHERE content_id = %s', $content_id ), ARRAY_A );
		return is_array( $row ) ? self::read( $row ) : null;
	}

	/**
	 * Takes the claim for a run.
	 *
	 * @param string                   $content_id Content.
	 * @param string                   $run_id     Run.
	 * @param array<string,mixed>|null $row        Row as it was read; it is read again when that has changed.
	 * @return string One of new, taken_over, same_run, done.
	 * @throws IGNY8_Exception When another run holds it.
	 */
	public static function take( $content_id, $run_id, $row ) {
		for ( $attempt = 0; $attempt < 3; $attempt++ ) {
			$row = 0 === $attempt ? $row : self::row( $content_id );
			if ( null === $row ) {
				$rows_changed = self::write( "INSERT IGNORE INTO %t (content_id, state, run_id, attachments, heartbeat) VALUES (%s, 'claimed', %s, '[]', UNIX_TIMESTAMP())", $content_id, $run_id );
				if ( 1 === $rows_changed ) {
					return 'new';
				}
				continue;
			}
			if ( $row['done_run_id'] === $run_id ) {
				return 'done';
			}
			if ( 'published' === $row['state'] ) {
				$rows_changed = self::write( "UPDATE %t SET state = 'claimed', phase = '', run_id = %s, heartbeat = UNIX_TIMESTAMP() WHERE content_id = %s AND state = 'published' AND run_id = %s", $run_id, $content_id, $row['run_id'] );
				if ( 1 === $rows_changed ) {
					return 'new';
				}
				continue;
			}
			if ( $row['run_id'] === $run_id ) {
				self::refresh_heartbeat( $content_id, $run_id );
				return 'same_run';
			}
			if ( $row['age'] > self::STALE_SECONDS && self::take_over( $row, $run_id ) ) {
				return 'taken_over';
			}
			break;
		}
		throw self::busy_error();
	}

	/**
	 * The row as it is now, if the run holds the claim.
	 *
	 * @param string $content_id Content.
	 * @param string $run_id     Run.
	 * @param string $step       Step, for the error.
	 * @return array<string,mixed>
	 * @throws IGNY8_Exception When it does not.
	 */
	public static function require_row( $content_id, $run_id, $step ) {
		return self::require_claim( self::row( $content_id ), $run_id, $step );
	}

	/**
	 * A row that was read, if the run holds the claim.
	 *
	 * @param array<string,mixed>|null $row    Row.
	 * @param string                   $run_id Run.
	 * @param string                   $step   Step, for the error.
	 * @return array<string,mixed>
	 * @throws IGNY8_Exception When it does not.
	 */
	public static function require_claim( $row, $run_id, $step ) {
		if ( null === $row || 'claimed' !== $row['state'] || $row['run_id'] !== $run_id ) {
			throw self::lost_error( $step );
		}
		return $row;
	}

	/**
	 * Locks the row of a run until the transaction ends.
	 *
	 * @param string $content_id Content.
	 * @param string $run_id     Run.
	 * @throws IGNY8_Exception When the claim is lost.
	 */
	public static function lock_row( $content_id, $run_id ) {
		global $wpdb;
		$rows_locked = self::write( "UPDATE %t SET phase = 'writing', heartbeat = UNIX_TIMESTAMP() WHERE content_id = %s AND run_id = %s AND state = 'claimed'", $content_id, $run_id );
		if ( 1 === $rows_locked ) {
			return;
		}
		// A row that is so already is locked all the same, and counts as not changed.
		$rows_locked = $wpdb->get_var( self::sql( "SELECT 1 FROM %t WHERE content_id = %s AND run_id = %s AND state = 'claimed' AND phase = 'writing' FOR UPDATE", $content_id, $run_id ) );
		if ( '1' !== $rows_locked ) {
			throw self::lost_error( 'commit' );
		}
	}

	/**
	 * Adds an attachment to the claim of a run, in one statement: two uploads may run side by side.
	 *
	 * @param string              $content_id Content.
	 * @param string              $run_id     Run.
	 * @param array<string,mixed> $entry      Has id (0 while only the file is planned), new, and for new ones file and sha.
	 * @return bool False when the claim is lost.
	 */
	public static function add_attachment( $content_id, $run_id, $entry ) {
		$json = (string) wp_json_encode( $entry, self::JSON );
		return 1 === self::write( "UPDATE %t SET attachments = CONCAT(LEFT(attachments, CHAR_LENGTH(attachments) - 1), IF(attachments = '[]', '', ','), %s, ']'), heartbeat = UNIX_TIMESTAMP() WHERE content_id = %s AND run_id = %s AND state = 'claimed'", $json, $content_id, $run_id );
	}

	/**
	 * Whether another content uses an attachment.
	 *
	 * @param int    $attachment_id Attachment.
	 * @param string $content_id    This content.
	 * @return bool
	 */
	public static function used_elsewhere( $attachment_id, $content_id ) {
		global $wpdb;
		$pattern = '%' . $wpdb->esc_like( '"id":' . $attachment_id . ',' ) . '%';
		return null !== $wpdb->get_var( self::sql( 'SELECT 1 FROM %t WHERE content_id <> %s AND attachments LIKE %s LIMIT 1', $content_id, $pattern ) );
	}

	/**
	 * Makes another run that uses an attachment the one that removes it, should that run fail too.
	 *
	 * @param int    $attachment_id Attachment.
	 * @param string $content_id    This content.
	 */
	public static function hand_over_attachment( $attachment_id, $content_id ) {
		global $wpdb;
		$entry   = '"id":' . $attachment_id . ',"new":';
		$pattern = '%' . $wpdb->esc_like( $entry . '0' ) . '%';
		self::write( "UPDATE %t SET attachments = REPLACE(attachments, %s, %s) WHERE state = 'claimed' AND content_id <> %s AND attachments LIKE %s LIMIT 1", $entry . '0', $entry . '1', $content_id, $pattern );
	}

	/**
	 * Whether another content was published as a post.
	 *
	 * @param int    $post_id    Post.
	 * @param string $content_id This content.
	 * @param string $former     Content that the app has deleted and this one stands for, or empty.
	 * @return bool
	 */
	public static function owned_by_other( $post_id, $content_id, $former = '' ) {
		global $wpdb;
		return null !== $wpdb->get_var( self::sql( 'SELECT 1 FROM %t WHERE post_id = %d AND content_id NOT IN (%s, %s) LIMIT 1', $post_id, $content_id, $former ) );
	}

	/**
	 * Forgets a content that the app has deleted, once another was published as its post.
	 *
	 * @param string $former  Content, or empty.
	 * @param int    $post_id Post.
	 */
	public static function forget_former( $former, $post_id ) {
		if ( '' !== $former ) {
			self::write( "DELETE FROM %t WHERE content_id = %s AND post_id = %d AND state = 'published'", $former, $post_id );
		}
	}

	/**
	 * Keeps the claim fresh.
	 *
	 * @param string $content_id Content.
	 * @param string $run_id     Run.
	 */
	public static function refresh_heartbeat( $content_id, $run_id ) {
		self::write( 'UPDATE %t SET heartbeat = UNIX_TIMESTAMP() WHERE content_id = %s AND run_id = %s', $content_id, $run_id );
	}

	/**
	 * Notes the draft that is committed but not yet live.
	 *
	 * @param string $content_id Content.
	 * @param int    $draft_id   Draft.
	 */
	public static function note_draft( $content_id, $draft_id ) {
		self::write( "UPDATE %t SET phase = 'committed', draft_id = %d WHERE content_id = %s", $draft_id, $content_id );
	}

	/**
	 * Keeps the old version of a live post until the new one is whole.
	 *
	 * @param string $content_id Content.
	 * @param string $snapshot   JSON.
	 * @throws IGNY8_Exception When it cannot be stored.
	 */
	public static function note_snapshot( $content_id, $snapshot ) {
		// The same one again, in another try of this run, changes no row.
		if ( false === self::write( 'UPDATE %t SET snapshot = %s WHERE content_id = %s', $snapshot, $content_id ) ) {
			throw new IGNY8_Exception( 'DATABASE_ERROR', __( 'The old version of the post could not be kept aside.', 'igny8' ), 500, 'content', array(), true );
		}
	}

	/**
	 * Ends a claim with success; part of the last transaction, so that post and row agree whatever happens.
	 *
	 * @param string                         $content_id  Content.
	 * @param string                         $run_id      Run.
	 * @param array<string,mixed>            $result      The contract's result.
	 * @param array<int,array<string,mixed>> $attachments Attachments of the post.
	 * @throws IGNY8_Exception When the claim is lost.
	 */
	public static function finish( $content_id, $run_id, $result, $attachments ) {
		$written = self::write(
			"UPDATE %t SET state = 'published', phase = '', post_id = %d, draft_id = 0, done_run_id = %s, settled = '', payload_hash = %s, content_hash = %s, told = %s, attachments = %s, result = %s, snapshot = NULL, heartbeat = UNIX_TIMESTAMP(), published_at = UNIX_TIMESTAMP() WHERE content_id = %s AND run_id = %s",
			$result['post_id'],
			$run_id,
			$result['payload_hash'],
			$result['content_hash'],
			0 === $result['post_id'] ? '' : IGNY8_Reported_Hashes::hash( $result ),
			wp_json_encode( $attachments, self::JSON ),
			wp_json_encode( $result, self::JSON ),
			$content_id,
			$run_id
		);
		if ( 1 !== $written ) {
			throw self::lost_error( 'commit' );
		}
	}

	/**
	 * Notes the state that a publish left once its request ended; nothing when another came in between.
	 *
	 * @param string $content_id Content.
	 * @param string $run_id     Run.
	 * @param string $state      Content hash and parts, with a colon.
	 */
	public static function save_final_state( $content_id, $run_id, $state ) {
		self::write( "UPDATE %t SET settled = %s WHERE content_id = %s AND done_run_id = %s AND state = 'published'", $state, $content_id, $run_id );
	}

	/**
	 * Ends a claim without success: what was published before stays what it was.
	 *
	 * @param string $content_id Content.
	 * @param string $run_id     Run.
	 */
	public static function release( $content_id, $run_id ) {
		self::write( "DELETE FROM %t WHERE content_id = %s AND run_id = %s AND state = 'claimed' AND post_id = 0 AND done_run_id = ''", $content_id, $run_id );
		self::write( "UPDATE %t SET state = 'published', phase = '', run_id = done_run_id, draft_id = 0, snapshot = NULL WHERE content_id = %s AND run_id = %s AND state = 'claimed'", $content_id, $run_id );
	}

	/**
	 * Replaces the list of attachments, if nobody added to it meanwhile.
	 *
	 * @param array<string,mixed>            $row         Row as it was read.
	 * @param array<int,array<string,mixed>> $attachments Attachments that stay.
	 * @return bool
	 */
	public static function replace_attachments( $row, $attachments ) {
		$json = (string) wp_json_encode( $attachments, self::JSON );
		if ( $json === $row['attachments_json'] ) {
			return true;
		}
		return 1 === self::write( "UPDATE %t SET attachments = %s, phase = '', draft_id = 0, snapshot = NULL WHERE content_id = %s AND run_id = %s AND attachments = %s", $json, $row['content_id'], $row['run_id'], $row['attachments_json'] );
	}

	/**
	 * Contents published within the last hour whose replaced images are still there.
	 *
	 * @param int $limit How many.
	 * @return string[]
	 */
	public static function with_old_images( $limit ) {
		global $wpdb;
		return $wpdb->get_col( self::sql( "SELECT content_id FROM %t WHERE state = 'published' AND heartbeat > UNIX_TIMESTAMP() - 3600 AND attachments LIKE %s LIMIT %d", '%"old":1%', $limit ) );
	}

	/**
	 * Claims whose heartbeat is older than STALE_SECONDS.
	 *
	 * @param int $limit How many.
	 * @return array<int,array<string,mixed>>
	 */
	public static function stale( $limit ) {
		global $wpdb;
		$rows = $wpdb->get_results( self::sql( "SELECT *, UNIX_TIMESTAMP() - heartbeat AS age FROM %t WHERE state = 'claimed' AND heartbeat < UNIX_TIMESTAMP() - %d LIMIT %d", self::STALE_SECONDS, $limit ), ARRAY_A );
		return array_map( array( __CLASS__, 'read' ), is_array( $rows ) ? $rows : array() );
	}

	/**
	 * Cleans what a stale run left, holding the lock; the claim stays with the old run until that is done.
	 *
	 * @param array<string,mixed> $row Stale row.
	 * @return bool False when somebody is still at work on it.
	 */
	public static function clean_stale( $row ) {
		if ( ! self::try_lock( $row['content_id'] ) ) {
			return false;
		}
		$ours = self::write( 'UPDATE %t SET heartbeat = UNIX_TIMESTAMP() WHERE content_id = %s AND run_id = %s AND heartbeat = %d', $row['content_id'], $row['run_id'], $row['heartbeat'] );
		return 1 === $ours && IGNY8_Cleanup::clean( $row['content_id'], $row['run_id'] );
	}

	/**
	 * A lock that ends with the database connection: it tells a run at work from one that died.
	 *
	 * @param string $content_id Content.
	 * @param int    $seconds    How long to wait for it.
	 * @return bool False when another request holds it.
	 */
	public static function try_lock( $content_id, $seconds = 0 ) {
		global $wpdb;
		return '0' !== $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', self::lock_name( $content_id ), $seconds ) );
	}

	/**
	 * Gives the lock back.
	 *
	 * @param string $content_id Content.
	 */
	public static function unlock( $content_id ) {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', self::lock_name( $content_id ) ) );
	}

	/**
	 * The error when another run, or another request of this one, is at work.
	 *
	 * @return IGNY8_Exception
	 */
	public static function busy_error() {
		return new IGNY8_Exception( 'CLAIMED_BY_OTHER', __( 'This content is being published by another run at this moment.', 'igny8' ), 409, 'claim', array( 'stale_after_seconds' => self::STALE_SECONDS ), true );
	}

	/**
	 * The error when a run does not hold the claim.
	 *
	 * @param string $step Step.
	 * @return IGNY8_Exception
	 */
	public static function lost_error( $step ) {
		return new IGNY8_Exception( 'CLAIM_LOST', __( 'This run does not hold the claim: it was never taken, or another run took it over. Start again with claim.', 'igny8' ), 409, $step, array(), true );
	}

	/**
	 * Hands a stale claim to a new run once it is clean.
	 *
	 * @param array<string,mixed> $row    Stale row.
	 * @param string              $run_id New run.
	 * @return bool
	 */
	private static function take_over( $row, $run_id ) {
		$is_taken_over = self::clean_stale( $row )
			&& 1 === self::write( "UPDATE %t SET run_id = %s, phase = '', draft_id = 0, snapshot = NULL, heartbeat = UNIX_TIMESTAMP() WHERE content_id = %s AND run_id = %s AND state = 'claimed'", $run_id, $row['content_id'], $row['run_id'] );
		self::unlock( $row['content_id'] );
		return $is_taken_over;
	}

	/**
	 * Name of the lock: locks are shared by all databases of a server.
	 *
	 * @param string $content_id Content.
	 * @return string
	 */
	private static function lock_name( $content_id ) {
		return 'igny8:' . md5( DB_NAME . IGNY8_Tables::map() . $content_id );
	}

	/**
	 * Gives a row its types.
	 *
	 * @param array<string,mixed> $row Row.
	 * @return array<string,mixed>
	 */
	private static function read( $row ) {
		foreach ( array( 'post_id', 'draft_id', 'heartbeat', 'age' ) as $name ) {
			$row[ $name ] = (int) $row[ $name ];
		}
		$row['attachments_json'] = (string) $row['attachments'];
		$attachments             = json_decode( $row['attachments_json'], true );
		$row['attachments']      = is_array( $attachments ) ? $attachments : array();
		$row['answer']           = null === $row['result'] ? null : json_decode( $row['result'] );
		$row['result']           = null === $row['result'] ? null : json_decode( $row['result'], true );
		return $row;
	}

	/**
	 * Writes, quietly: the caller looks at the count.
	 *
	 * @param string $sql     SQL with %t for the table.
	 * @param mixed  ...$args Values.
	 * @return int|false Rows that changed.
	 */
	private static function write( $sql, ...$args ) {
		global $wpdb;
		return $wpdb->query( self::sql( $sql, ...$args ) );
	}

	/**
	 * Prepares SQL.
	 *
	 * @param string $sql     SQL with %t for the table.
	 * @param mixed  ...$args Values.
	 * @return string
	 */
	private static function sql( $sql, ...$args ) {
		global $wpdb;
		return $wpdb->prepare( str_replace( '%t', IGNY8_Tables::map(), $sql ), ...$args ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
	}
}
