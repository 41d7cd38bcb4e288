<?php
/**
 * The plugin's own tables.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Makes and names `{prefix}igny8_map` (claims and what was published), `{prefix}igny8_nonces` and
 * `{prefix}igny8_outbox` (what the app has not been told yet).
 *
 * They are made at activation, after an upgrade in wp-admin or before a request of the app is looked at, and where one is
 * missing before a publish begins; never within its transaction: DDL commits.
 */
class IGNY8_Tables {

	const VERSION        = '4';
	const VERSION_OPTION = 'igny8_db_version';

	/**
	 * All tables, without prefix.
	 */
	const NAMES = array( 'igny8_map', 'igny8_nonces', 'igny8_outbox' );

	/**
	 * Name of the claim table of the current site.
	 *
	 * @return string
	 */
	public static function map() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_map';
	}

	/**
	 * Name of the nonce table of the current site.
	 *
	 * @return string
	 */
	public static function nonces() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_nonces';
	}

	/**
	 * Name of the outbox of the current site.
	 *
	 * @return string
	 */
	public static function outbox() {
		global $wpdb;
		return $wpdb->prefix . 'igny8_outbox';
	}

	/**
	 * The tables of the current site that are not there.
	 *
	 * @return string[]
	 */
	public static function missing_tables() {
		global $wpdb;
		$existing_tables = $wpdb->get_col( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $wpdb->prefix . 'igny8_' ) . '%' ) );
		$table_names     = array();
		foreach ( self::NAMES as $name ) {
			$table_names[] = $wpdb->prefix . $name;
		}
		return array_values( array_diff( $table_names, $existing_tables ) );
	}

	/**
	 * Activation: for the site, or for each site of the network.
	 *
	 * @param bool $network_wide Whether the plugin is activated for the network.
	 */
	public static function activate( $network_wide = false ) {
		if ( ! is_multisite() || ! $network_wide ) {
			self::create();
			IGNY8_Connection::announce_at_shutdown();
			return;
		}
		$sites = get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		);
		foreach ( $sites as $site_id ) {
			switch_to_blog( $site_id );
			self::create();
			IGNY8_Connection::announce_at_shutdown();
			restore_current_blog();
		}
	}

	/**
	 * A new site of a network where the plugin is active for all.
	 *
	 * @param WP_Site $site The new site.
	 */
	public static function initialize_site( $site ) {
		if ( ! function_exists( 'is_plugin_active_for_network' ) ) {
			require_once ABSPATH . 'wp-admin/includes/plugin.php';
		}
		if ( is_plugin_active_for_network( plugin_basename( IGNY8_FILE ) ) ) {
			switch_to_blog( $site->id );
			self::create();
			restore_current_blog();
		}
	}

	/**
	 * The tables that go when a site of a network is deleted.
	 *
	 * @param string[] $tables  Tables to drop.
	 * @param int      $site_id Site that is deleted.
	 * @return string[]
	 */
	public static function names_to_drop( $tables, $site_id ) {
		global $wpdb;
		foreach ( self::NAMES as $name ) {
			$tables[] = $wpdb->get_blog_prefix( $site_id ) . $name;
		}
		return $tables;
	}

	/**
	 * After an update of the plugin's files no activation runs; the next visit of wp-admin, or of the app, makes up for it.
	 */
	public static function upgrade() {
		if ( self::VERSION !== get_option( self::VERSION_OPTION ) ) {
			self::create();
		}
	}

	/**
	 * Before a publish: a site that was restored or cleaned up may have lost a table. What was known of published posts
	 * is lost with it, and found again by their numbers and addresses.
	 *
	 * @throws IGNY8_Exception When a table cannot be made.
	 */
	public static function make_missing() {
		if ( array() === self::missing_tables() ) {
			return;
		}
		self::create();
		$missing_tables = self::missing_tables();
		if ( array() !== $missing_tables ) {
			/* translators: %s: names of tables. */
			throw new IGNY8_Exception( 'TABLES_MISSING', sprintf( __( 'Tables of the IGNY8 plugin are missing and cannot be made: %s. Let the database user create tables, then activate the plugin again.', 'igny8' ), implode( ', ', $missing_tables ) ), 503 ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON.
		}
	}

	/**
	 * Makes the tables of the current site.
	 */
	public static function create() {
		global $wpdb;
		$map    = self::map();
		$nonces = self::nonces();
		$outbox = self::outbox();
		$ascii  = 'CHARACTER SET ascii COLLATE ascii_bin NOT NULL';
		$text   = $wpdb->get_charset_collate();
		// phpcs:disable WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.DirectDatabaseQuery.SchemaChange -- tables of our own.
		$wpdb->query(
			"CREATE TABLE IF NOT EXISTS {$map} (
			content_id varchar(64) {$ascii},
			post_id bigint unsigned NOT NULL DEFAULT 0,
			draft_id bigint unsigned NOT NULL DEFAULT 0,
			state varchar(16) {$ascii} DEFAULT 'claimed',
			phase varchar(16) {$ascii} DEFAULT '',
			run_id varchar(64) {$ascii} DEFAULT '',
			done_run_id varchar(64) {$ascii} DEFAULT '',
			payload_hash varchar(64) {$ascii} DEFAULT '',
			content_hash varchar(64) {$ascii} DEFAULT '',
			told varchar(64) {$ascii} DEFAULT '',
			settled varchar(255) {$ascii} DEFAULT '',
			attachments longtext NOT NULL,
			result longtext NULL,
			snapshot longtext NULL,
			heartbeat bigint NOT NULL DEFAULT 0,
			published_at bigint NOT NULL DEFAULT 0,
			PRIMARY KEY (content_id),
			KEY post_id (post_id),
			KEY state_heartbeat (state, heartbeat),
			KEY published_at (published_at)
			) ENGINE=InnoDB {$text}"
		);
		$wpdb->query(
			"CREATE TABLE IF NOT EXISTS {$nonces} (
			nonce char(32) {$ascii},
			key_id varchar(64) {$ascii},
			created bigint NOT NULL,
			PRIMARY KEY (nonce, key_id),
			KEY created (created)
			) ENGINE=InnoDB {$text}"
		);
		$wpdb->query(
			"CREATE TABLE IF NOT EXISTS {$outbox} (
			object varchar(8) {$ascii},
			object_id bigint unsigned NOT NULL,
			part varchar(64) {$ascii} DEFAULT '',
			token char(32) {$ascii},
			claim varchar(32) {$ascii} DEFAULT '',
			sequence bigint unsigned NOT NULL,
			first_at bigint NOT NULL,
			due_at bigint NOT NULL,
			next_try bigint NOT NULL DEFAULT 0,
			attempts int unsigned NOT NULL DEFAULT 0,
			sent tinyint unsigned NOT NULL DEFAULT 0,
			changed_at bigint NOT NULL,
			changed_by bigint unsigned NOT NULL DEFAULT 0,
			note text {$ascii},
			PRIMARY KEY (object, object_id, part),
			KEY token (token),
			KEY claim (claim),
			KEY due_at (due_at)
			) ENGINE=InnoDB {$text}"
		);
		$later = array(
			'told'         => "ADD COLUMN told varchar(64) {$ascii} DEFAULT ''",
			'settled'      => "ADD COLUMN settled varchar(255) {$ascii} DEFAULT ''",
			'published_at' => 'ADD COLUMN published_at bigint NOT NULL DEFAULT 0, ADD KEY published_at (published_at)',
		);
		foreach ( $later as $column => $change ) {
			if ( null === $wpdb->get_var( "SHOW COLUMNS FROM {$map} LIKE '{$column}'" ) ) {
				$quiet = $wpdb->suppress_errors( true ); // Another request may be at it.
				$wpdb->query( "ALTER TABLE {$map} {$change}" );
				$wpdb->suppress_errors( $quiet );
			}
		}
		$wpdb->query( "UPDATE {$map} SET published_at = heartbeat WHERE published_at = 0 AND state = 'published'" );
		// phpcs:enable WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.DirectDatabaseQuery.SchemaChange
		// An option that is not there costs a query on every page of the site.
		add_option( IGNY8_Settings::OPTION, array( 'post_types' => IGNY8_Settings::DEFAULT_TYPES ) );
		update_option( self::VERSION_OPTION, self::VERSION );
		IGNY8_Outbox_Sender::schedule();
	}
}
