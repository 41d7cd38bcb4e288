<?php
/**
 * One database transaction that other plugins cannot break unnoticed.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

// phpcs:disable WordPress.DB.PreparedSQL.NotPrepared -- the name of the savepoint is a constant of this class.

/**
 * Watches every query while it is open.
 *
 * - A hook's own START TRANSACTION … COMMIT becomes a savepoint inside this one; a bare COMMIT does nothing.
 * - A statement that would commit silently (DDL) is refused before it runs.
 * - wpdb reconnects silently when the connection dies and goes on in autocommit: noticed at the next query.
 * - A failed write to one of core's tables is remembered, whoever made it.
 * - What gets past all this (a hook with its own hands on the connection) is seen before COMMIT: the savepoint is gone.
 *
 * It also keeps a journal of the posts and terms that were inserted, for undoing what a rollback could not.
 */
class IGNY8_Transaction {

	const SAVEPOINT = 'igny8_all';

	/**
	 * Step that errors are told for.
	 *
	 * @var string
	 */
	private $step;

	/**
	 * Whether it is open.
	 *
	 * @var bool
	 */
	private $open = false;

	/**
	 * Whether the query that runs is our own.
	 *
	 * @var bool
	 */
	private $own = false;

	/**
	 * Whether it was seen to be broken.
	 *
	 * @var bool
	 */
	private $broken = false;

	/**
	 * Id of the database connection.
	 *
	 * @var string
	 */
	private $connection_id = '';

	/**
	 * The connection itself.
	 *
	 * @var mixed
	 */
	private $handle;

	/**
	 * Transactions that hooks opened inside this one.
	 *
	 * @var int
	 */
	private $depth = 0;

	/**
	 * First failed write to a table of core.
	 *
	 * @var string
	 */
	private $first_error = '';

	/**
	 * Ids of inserted posts.
	 *
	 * @var int[]
	 */
	private $post_ids = array();

	/**
	 * Ids of inserted terms.
	 *
	 * @var int[]
	 */
	private $term_ids = array();

	/**
	 * Names of options that were written.
	 *
	 * @var string[]
	 */
	private $options = array();

	/**
	 * Makes one, not yet open.
	 *
	 * @param string $step Step.
	 */
	public function __construct( $step ) {
		$this->step = $step;
	}

	/**
	 * The step that errors are told for from now on.
	 *
	 * @param string $step Step.
	 */
	public function set_step( $step ) {
		$this->step = $step;
	}

	/**
	 * Opens it.
	 *
	 * @throws IGNY8_Exception When the database refuses.
	 */
	public function begin() {
		global $wpdb;
		$this->connection_id = self::connection_id();
		$this->handle        = $wpdb->dbh;
		$wpdb->last_error    = '';
		if ( false === $wpdb->query( 'START TRANSACTION' ) || false === $wpdb->query( 'SAVEPOINT ' . self::SAVEPOINT ) ) {
			throw $this->error( 'DATABASE_ERROR', $wpdb->last_error );
		}
		$this->open = true;
		add_filter( 'query', array( $this, 'watch_query' ), PHP_INT_MAX );
		foreach ( array( 'added_option', 'updated_option', 'deleted_option' ) as $action ) {
			add_action( $action, array( $this, 'note_option' ) );
		}
	}

	/**
	 * Raises when something went wrong that no return value told.
	 *
	 * @throws IGNY8_Exception When it did.
	 */
	public function check() {
		global $wpdb;
		$this->note_last_query();
		$this->own = true;
		$quiet     = $wpdb->suppress_errors( true );
		$intact    = self::connection_id() === $this->connection_id && $wpdb->dbh === $this->handle
			&& false !== $wpdb->query( 'RELEASE SAVEPOINT ' . self::SAVEPOINT )
			&& false !== $wpdb->query( 'SAVEPOINT ' . self::SAVEPOINT );
		$wpdb->suppress_errors( $quiet );
		$wpdb->last_error = '';
		$this->own        = false;
		if ( ! $intact ) {
			$this->broken = true;
			throw $this->error( 'TRANSACTION_BROKEN', '' );
		}
		if ( '' !== $this->first_error ) {
			throw $this->error( 'DATABASE_ERROR', $this->first_error );
		}
	}

	/**
	 * Checks and commits.
	 *
	 * @throws IGNY8_Exception When it could not.
	 */
	public function commit() {
		global $wpdb;
		$this->check();
		$this->own = true;
		$done      = $wpdb->query( 'COMMIT' );
		$this->own = false;
		if ( false === $done || $wpdb->dbh !== $this->handle ) {
			// A lost connection: wpdb sent COMMIT on a new one, where it means nothing.
			$this->broken = true;
			throw $this->error( 'TRANSACTION_BROKEN', $wpdb->last_error );
		}
		$this->close();
	}

	/**
	 * Rolls back and drops what the object cache learned meanwhile.
	 *
	 * @return bool Whether the database did it all; false when something may be left.
	 */
	public function rollback() {
		global $wpdb;
		if ( ! $this->open ) {
			return ! $this->broken;
		}
		$this->note_last_query();
		$this->own = true;
		$quiet     = $wpdb->suppress_errors( true );
		$intact    = ! $this->broken && $wpdb->dbh === $this->handle && false !== $wpdb->query( 'RELEASE SAVEPOINT ' . self::SAVEPOINT );
		$intact    = false !== $wpdb->query( 'ROLLBACK' ) && $intact;
		$wpdb->suppress_errors( $quiet );
		$wpdb->last_error = '';
		$this->broken     = ! $intact;
		$this->close();
		foreach ( $this->post_ids as $post_id ) {
			IGNY8_Cleanup::forget_post( $post_id );
		}
		if ( array() !== $this->term_ids ) {
			clean_term_cache( $this->term_ids );
		}
		foreach ( array_unique( $this->options ) as $name ) {
			wp_cache_delete( $name, 'options' );
		}
		wp_cache_delete( 'alloptions', 'options' );
		wp_cache_delete( 'notoptions', 'options' );
		return $intact;
	}

	/**
	 * Ids of the posts that were inserted, revisions too.
	 *
	 * @return int[]
	 */
	public function posts() {
		return $this->post_ids;
	}

	/**
	 * Ids of the terms that were inserted.
	 *
	 * @return int[]
	 */
	public function terms() {
		return $this->term_ids;
	}

	/**
	 * Looks at a query before it runs.
	 *
	 * @param string $query SQL.
	 * @return string
	 * @throws IGNY8_Exception When it may not run.
	 */
	public function watch_query( $query ) {
		if ( $this->own || ! $this->open ) {
			return $query;
		}
		$this->note_last_query();
		if ( $GLOBALS['wpdb']->dbh !== $this->handle ) {
			$this->broken = true;
			throw $this->error( 'TRANSACTION_BROKEN', '' );
		}
		$start = strtoupper( substr( ltrim( $query, " \t\r\n(;" ), 0, 40 ) );
		if ( preg_match( '/^(START\s+TRANSACTION|BEGIN)\b/', $start ) ) {
			++$this->depth;
			return 'SAVEPOINT igny8_' . $this->depth;
		}
		if ( preg_match( '/^COMMIT\b/', $start ) ) {
			return 0 === $this->depth ? 'DO 0' : 'RELEASE SAVEPOINT igny8_' . $this->depth--;
		}
		if ( preg_match( '/^ROLLBACK\b(?!\s+(WORK\s+)?TO\b)/', $start ) ) {
			if ( 0 === $this->depth ) {
				throw $this->error( 'TRANSACTION_BROKEN', 'ROLLBACK' );
			}
			return 'ROLLBACK TO SAVEPOINT igny8_' . $this->depth--;
		}
		if ( preg_match( '/^SET\s+(SESSION\s+|@@)?AUTOCOMMIT\b/', $start ) ) {
			return 'DO 0';
		}
		if ( preg_match( '/^(CREATE|ALTER|DROP|RENAME|TRUNCATE|LOCK|UNLOCK|ANALYZE|OPTIMIZE|REPAIR|GRANT|REVOKE)\b(?!\s+TEMPORARY\b)/', $start ) ) {
			throw $this->error( 'TRANSACTION_BROKEN', strtok( $start, "\n" ) );
		}
		return $query;
	}

	/**
	 * Notes an option that was written.
	 *
	 * @param string $name Option.
	 */
	public function note_option( $name ) {
		$this->options[] = $name;
	}

	/**
	 * Id of the connection as it is now; MySQL's client knows it without asking the server.
	 *
	 * @return string
	 */
	private static function connection_id() {
		global $wpdb;
		return (string) ( $wpdb->dbh instanceof mysqli ? mysqli_thread_id( $wpdb->dbh ) : $wpdb->get_var( 'SELECT CONNECTION_ID()' ) ); // phpcs:ignore WordPress.DB.RestrictedFunctions -- wpdb has no such function.
	}

	/**
	 * Takes the last query into the journal.
	 */
	private function note_last_query() {
		global $wpdb;
		$query = ltrim( (string) $wpdb->last_query );
		if ( '' !== $wpdb->last_error && '' === $this->first_error && preg_match( '/\b(' . preg_quote( $wpdb->prefix, '/' ) . ')?(posts|postmeta|terms|termmeta|term_taxonomy|term_relationships|igny8_\w+|aioseo_posts)\b/', $query ) && ! preg_match( '/^SELECT/i', $query ) ) {
			$this->first_error = $wpdb->last_error;
		}
		if ( '' !== $wpdb->last_error && preg_match( '/deadlock|lock wait|gone away|lost connection/i', $wpdb->last_error ) ) {
			$this->first_error = $wpdb->last_error;
		}
		if ( preg_match( '/^INSERT\s+INTO\s+`?(\w+)`?/i', $query, $matches ) && $wpdb->insert_id > 0 ) {
			if ( $matches[1] === $wpdb->posts && ! in_array( (int) $wpdb->insert_id, $this->post_ids, true ) ) {
				$this->post_ids[] = (int) $wpdb->insert_id;
			} elseif ( $matches[1] === $wpdb->terms && ! in_array( (int) $wpdb->insert_id, $this->term_ids, true ) ) {
				$this->term_ids[] = (int) $wpdb->insert_id;
			}
		}
	}

	/**
	 * Stops watching.
	 */
	private function close() {
		$this->open = false;
		remove_filter( 'query', array( $this, 'watch_query' ), PHP_INT_MAX );
		foreach ( array( 'added_option', 'updated_option', 'deleted_option' ) as $action ) {
			remove_action( $action, array( $this, 'note_option' ) );
		}
	}

	/**
	 * An error of this transaction.
	 *
	 * @param string $code   Code.
	 * @param string $detail What the database or the statement says.
	 * @return IGNY8_Exception
	 */
	private function error( $code, $detail ) {
		$message = 'DATABASE_ERROR' === $code
			? __( 'The database refused a change.', 'igny8' )
			: __( 'The database transaction was broken off: the connection was lost, or another plugin interfered with it.', 'igny8' );
		return new IGNY8_Exception( $code, trim( $message . ' ' . $detail ), 500, $this->step, array( 'called_by' => '' === $detail ? '' : wp_debug_backtrace_summary( __CLASS__ ) ), true ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions -- whoever broke it off is to be told from others.
	}
}
