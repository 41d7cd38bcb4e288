<?php
/**
 * What is left when the plugin is deleted.
 *
 * @package IGNY8
 */

/**
 * Removes what is the plugin's own on the current site, when the site wants that. Posts, media and the fields of SEO
 * plugins stay in any case. Needs no other class but the tables': uninstall.php runs without the plugin.
 */
class IGNY8_Removal {

	/**
	 * Whether to remove everything: asked for in the settings, and off until then.
	 */
	const OPTION = 'igny8_remove_data';

	/**
	 * The only hook of ours that cron calls: IGNY8_Plugin::DRAIN.
	 */
	const HOOK = 'igny8_drain';

	const TAXONOMIES = array( 'igny8_cluster', 'igny8_sector' );

	/**
	 * Removes everything, or nothing but what would go on running.
	 */
	public static function site() {
		self::unschedule();
		if ( '1' === get_option( self::OPTION ) ) {
			self::tables();
			self::terms();
			self::meta();
			self::options();
			wp_cache_flush();
		}
	}

	/**
	 * Ends the plugin's scheduled task; those of the older plugin, whose names begin in the same way, are not ours to end.
	 */
	private static function unschedule() {
		wp_unschedule_hook( self::HOOK );
	}

	/**
	 * Drops the tables.
	 */
	private static function tables() {
		global $wpdb;
		foreach ( IGNY8_Tables::NAMES as $name ) {
			$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}{$name}" ); // phpcs:ignore WordPress.DB
		}
	}

	/**
	 * Removes clusters and sectors.
	 */
	private static function terms() {
		global $wpdb;
		$names = "'" . implode( "','", self::TAXONOMIES ) . "'";
		// phpcs:disable WordPress.DB
		$wpdb->query( "DELETE r FROM {$wpdb->term_relationships} r JOIN {$wpdb->term_taxonomy} x ON x.term_taxonomy_id = r.term_taxonomy_id WHERE x.taxonomy IN ($names)" );
		$ids = array_map( 'intval', $wpdb->get_col( "SELECT term_id FROM {$wpdb->term_taxonomy} WHERE taxonomy IN ($names)" ) );
		$wpdb->query( "DELETE FROM {$wpdb->term_taxonomy} WHERE taxonomy IN ($names)" );
		foreach ( array_chunk( $ids, 1000 ) as $chunk ) {
			$list = implode( ',', $chunk );
			$wpdb->query( "DELETE m FROM {$wpdb->termmeta} m LEFT JOIN {$wpdb->term_taxonomy} x ON x.term_id = m.term_id WHERE m.term_id IN ($list) AND x.term_id IS NULL" );
			$wpdb->query( "DELETE t FROM {$wpdb->terms} t LEFT JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE t.term_id IN ($list) AND x.term_id IS NULL" );
		}
		// phpcs:enable WordPress.DB
	}

	/**
	 * Removes what posts and terms remember of the app.
	 */
	private static function meta() {
		global $wpdb;
		$like = $wpdb->esc_like( '_igny8_' ) . '%';
		// phpcs:disable WordPress.DB
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->postmeta} WHERE meta_key LIKE %s", $like ) );
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->termmeta} WHERE meta_key LIKE %s", $like ) );
		// phpcs:enable WordPress.DB
	}

	/**
	 * Removes the options, the key of the connection among them.
	 */
	private static function options() {
		global $wpdb;
		$like = $wpdb->esc_like( 'igny8_' ) . '%';
		// phpcs:ignore WordPress.DB
		foreach ( $wpdb->get_col( $wpdb->prepare( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE %s", $like ) ) as $name ) {
			delete_option( $name );
		}
	}
}
