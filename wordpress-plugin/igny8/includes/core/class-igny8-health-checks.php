<?php
/**
 * The checks of the site's health.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * One function each: the text ok, or what is wrong and what to do. All together they take a few milliseconds.
 */
class IGNY8_Health_Checks {

	const OK = 'ok';

	/**
	 * Whether the app is reached, as far as the last calls told.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 * @param array<string,mixed>      $outbox     Of IGNY8_Health.
	 * @return string|array{problem:string,cure:string}
	 */
	public static function connection( $connection, $outbox ) {
		if ( null === $connection ) {
			return self::problem( __( 'This site is not connected.', 'igny8' ), __( 'Paste the connection key in Settings, IGNY8.', 'igny8' ) );
		}
		if ( IGNY8_Connection::is_clone( $connection ) ) {
			/* translators: %s: address. */
			return self::problem( sprintf( __( 'This site is a copy or has moved: connected was %s.', 'igny8' ), $connection['home_url'] ), __( 'If the app is to publish here, paste a new connection key in Settings, IGNY8.', 'igny8' ) );
		}
		if ( '' !== $connection['problem'] ) {
			return self::problem( $connection['problem'], $connection['cure'] );
		}
		if ( ! $connection['confirmed'] ) {
			return self::problem( __( 'The app has not answered yet.', 'igny8' ), __( 'Choose Check connection, here or in the app.', 'igny8' ) );
		}
		if ( $outbox['failing'] > 0 ) {
			/* translators: %d: number of changes. */
			$problem = sprintf( _n( 'The app did not take %d change when it was last tried.', 'The app did not take %d changes when it was last tried.', $outbox['failing'], 'igny8' ), $outbox['failing'] );
			return self::problem( trim( $problem . ' ' . IGNY8_Outbox_State::read()['problem'] ), __( 'It is tried again by itself. If that goes on, choose Check connection.', 'igny8' ) );
		}
		return self::OK;
	}

	/**
	 * Whether the database answers, takes changes and can take them back.
	 *
	 * @return string|array{problem:string,cure:string}
	 */
	public static function database() {
		global $wpdb;
		if ( ! self::accepts_inserts( $wpdb->posts, 'post_title' ) ) {
			return self::problem( __( 'The database takes no changes at the moment.', 'igny8' ), __( 'Ask your host: it may be read-only, out of space, or in need of a repair.', 'igny8' ) );
		}
		$tables = IGNY8_Status::not_innodb();
		if ( array() !== $tables ) {
			/* translators: %s: names of tables. */
			return self::problem( sprintf( __( 'These tables are not InnoDB: %s. A failed publish is undone step by step there instead of all at once.', 'igny8' ), implode( ', ', $tables ) ), __( 'Convert them to InnoDB, for example in phpMyAdmin under Operations.', 'igny8' ) );
		}
		return self::OK;
	}

	/**
	 * Whether images can be stored.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 * @return string|array{problem:string,cure:string}
	 */
	public static function media_uploads( $connection ) {
		if ( ! self::acting_user_can( $connection, 'upload_files' ) ) {
			return self::problem( __( 'The WordPress user that IGNY8 acts as may not upload files.', 'igny8' ), __( 'Choose another acting user in Settings, IGNY8: at least an author.', 'igny8' ) );
		}
		$folder = wp_upload_dir( null, false );
		$path   = $folder['path'];
		while ( ! file_exists( $path ) && dirname( $path ) !== $path ) {
			$path = dirname( $path );
		}
		if ( false !== $folder['error'] || ! wp_is_writable( $path ) ) {
			/* translators: %s: folder. */
			return self::problem( sprintf( __( 'The upload folder %s cannot be written.', 'igny8' ), $folder['path'] ), __( 'Give the web server the right to write there.', 'igny8' ) );
		}
		return self::OK;
	}

	/**
	 * Whether categories and tags can be made, without making one.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 * @return string|array{problem:string,cure:string}
	 */
	public static function taxonomy_creation( $connection ) {
		global $wpdb;
		$taxonomy = get_taxonomy( 'category' );
		$may_make = ! IGNY8_Settings::get()['auto_create_terms'] || false === $taxonomy || self::acting_user_can( $connection, $taxonomy->cap->edit_terms );
		if ( ! $may_make ) {
			return self::problem( __( 'The WordPress user that IGNY8 acts as may not make categories.', 'igny8' ), __( 'Choose another acting user in Settings, IGNY8: at least an editor.', 'igny8' ) );
		}
		foreach ( array(
			$wpdb->terms              => 'name',
			$wpdb->term_taxonomy      => 'taxonomy',
			$wpdb->termmeta           => 'meta_key',
			$wpdb->term_relationships => 'term_order',
		) as $table => $column ) {
			if ( ! self::accepts_inserts( $table, $column ) ) {
				/* translators: %s: name of a table. */
				return self::problem( sprintf( __( 'The table %s takes no new rows.', 'igny8' ), $table ), __( 'Ask your host: it may be in need of a repair, or the database user lacks a right.', 'igny8' ) );
			}
		}
		return self::OK;
	}

	/**
	 * Whether WP-Cron runs: no task of any plugin may be overdue.
	 *
	 * @return string|array{problem:string,cure:string}
	 */
	public static function cron() {
		if ( null !== IGNY8_Connection::get() && false === wp_next_scheduled( IGNY8_Plugin::DRAIN ) ) {
			return self::problem( __( 'The task that sends changes to the app is not scheduled.', 'igny8' ), __( 'Deactivate the plugin and activate it again, or run wp igny8 repair.', 'igny8' ) );
		}
		$due    = array_keys( wp_get_ready_cron_jobs() );
		$waited = array() === $due ? 0 : time() - min( $due );
		if ( $waited < IGNY8_Health::WAITING_SECONDS ) {
			return self::OK;
		}
		/* translators: %s: duration, as "20 minutes". */
		$problem = sprintf( __( 'Scheduled tasks of WordPress do not run: one has been waiting for %s.', 'igny8' ), human_time_diff( time() - $waited ) );
		$is_off  = defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON;
		return self::problem( $problem, $is_off ? __( 'DISABLE_WP_CRON is set: have the server call wp-cron.php every minute. Until then changes wait for the app to ask for them.', 'igny8' ) : __( 'They run when somebody visits the site, if the site can call itself: Site Health tells. Until then changes wait for the app to ask for them.', 'igny8' ) );
	}

	/**
	 * Whether changes leave the site.
	 *
	 * @param array<string,mixed> $outbox Of IGNY8_Health.
	 * @return string|array{problem:string,cure:string}
	 */
	public static function outbox( $outbox ) {
		$oldest = null === $outbox['oldest_at'] ? time() : (int) strtotime( $outbox['oldest_at'] );
		if ( 0 === $outbox['depth'] || time() - $oldest < IGNY8_Health::WAITING_SECONDS ) {
			return self::OK;
		}
		/* translators: 1: number of changes, 2: duration, as "20 minutes". */
		$problem = sprintf( _n( '%1$d change is waiting for the app, since %2$s.', '%1$d changes are waiting for the app, the oldest since %2$s.', $outbox['depth'], 'igny8' ), $outbox['depth'], human_time_diff( $oldest ) );
		return self::problem( $problem, __( 'Nothing is lost: they are sent as soon as the app can be reached, or asks for them. Choose Check connection to see why it is not reached.', 'igny8' ) );
	}

	/**
	 * Whether there is space for media.
	 *
	 * @param int|null $bytes Free bytes.
	 * @return string|array{problem:string,cure:string}
	 */
	public static function disk( $bytes ) {
		if ( null === $bytes || $bytes >= IGNY8_Health::DISK_BYTES ) {
			return self::OK;
		}
		/* translators: %s: size, as "20 MB". */
		return self::problem( sprintf( __( 'Only %s are free where media are stored.', 'igny8' ), size_format( $bytes ) ), __( 'Delete what is not needed, or ask your host for more space.', 'igny8' ) );
	}

	/**
	 * Whether the plugin's own tables are there.
	 *
	 * @return string|array{problem:string,cure:string}
	 */
	public static function tables() {
		$missing = IGNY8_Tables::missing_tables();
		if ( array() === $missing ) {
			return self::OK;
		}
		/* translators: %s: names of tables. */
		return self::problem( sprintf( __( 'These tables of the plugin are missing: %s.', 'igny8' ), implode( ', ', $missing ) ), __( 'Deactivate the plugin and activate it again, or run wp igny8 repair.', 'igny8' ) );
	}

	/**
	 * Whether a table takes rows: none is selected, so none is added, but rights and state are looked at.
	 *
	 * @param string $table  Table.
	 * @param string $column One of its columns.
	 * @return bool
	 */
	private static function accepts_inserts( $table, $column ) {
		global $wpdb;
		$quiet = $wpdb->suppress_errors( true );
		$done  = $wpdb->query( "INSERT INTO $table ($column) SELECT $column FROM $table WHERE 1 = 0" ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		$wpdb->suppress_errors( $quiet );
		return false !== $done;
	}

	/**
	 * Whether the acting user has a right.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 * @param string                   $capability Right.
	 * @return bool True without a connection: there is nobody to act.
	 */
	private static function acting_user_can( $connection, $capability ) {
		return null === $connection || IGNY8_Actor::can( $connection, $capability );
	}

	/**
	 * A check that failed.
	 *
	 * @param string $problem What is wrong.
	 * @param string $cure    What to do.
	 * @return array{problem:string,cure:string}
	 */
	private static function problem( $problem, $cure ) {
		return array(
			'problem' => $problem,
			'cure'    => $cure,
		);
	}
}
