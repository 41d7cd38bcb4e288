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
	 * What the plugin writes only to what it has published or made, and no other does.
	 */
	const MARKS = array( '_igny8_run_id', '_igny8_version' );

	/**
	 * Meta keys that are the plugin's alone.
	 */
	const META = array( '_igny8_sha256', '_igny8_texts', '_igny8_texts_written', '_igny8_gallery_of', '_igny8_navigation', '_igny8_external_id', '_igny8_seo_title', '_igny8_seo_description', '_igny8_seo_canonical' );

	/**
	 * Meta keys that the older plugin uses, too: the plugin's only beside a mark.
	 */
	const SHARED_META = array( '_igny8_content_id', '_igny8_task_id', '_igny8_cluster_id', '_igny8_sector_id', '_igny8_keyword_ids', '_igny8_focus_keywords' );

	const OPTIONS = array( 'igny8_app_address', 'igny8_connection', 'igny8_db_version', 'igny8_other_meta_tags', 'igny8_outbox_lease', 'igny8_outbox_nudge', 'igny8_outbox_state', self::OPTION, 'igny8_settings', 'igny8_site_presets', 'igny8_site_styles', 'igny8_swept_at' );

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
	 * Removes clusters and sectors that the app made.
	 */
	private static function terms() {
		global $wpdb;
		$names = "'" . implode( "','", self::TAXONOMIES ) . "'";
		// phpcs:disable WordPress.DB
		$ids = array_map( 'intval', $wpdb->get_col( "SELECT DISTINCT x.term_id FROM {$wpdb->term_taxonomy} x JOIN {$wpdb->termmeta} m ON m.term_id = x.term_id WHERE x.taxonomy IN ($names) AND m.meta_key = '_igny8_run_id'" ) );
		foreach ( array_chunk( $ids, 1000 ) as $chunk ) {
			$list = implode( ',', $chunk );
			$wpdb->query( "DELETE r FROM {$wpdb->term_relationships} r JOIN {$wpdb->term_taxonomy} x ON x.term_taxonomy_id = r.term_taxonomy_id WHERE x.taxonomy IN ($names) AND x.term_id IN ($list)" );
			$wpdb->query( "DELETE FROM {$wpdb->term_taxonomy} WHERE taxonomy IN ($names) AND term_id IN ($list)" );
			$wpdb->query( "DELETE m FROM {$wpdb->termmeta} m LEFT JOIN {$wpdb->term_taxonomy} x ON x.term_id = m.term_id WHERE m.term_id IN ($list) AND x.term_id IS NULL" );
			$wpdb->query( "DELETE t FROM {$wpdb->terms} t LEFT JOIN {$wpdb->term_taxonomy} x ON x.term_id = t.term_id WHERE t.term_id IN ($list) AND x.term_id IS NULL" );
		}
		// phpcs:enable WordPress.DB
	}

	/**
	 * Removes what posts and terms remember of the app. What the older plugin noted stays: it may be wanted still.
	 */
	private static function meta() {
		self::meta_of( 'postmeta', 'post_id' );
		self::meta_of( 'termmeta', 'term_id' );
	}

	/**
	 * Removes it of posts, or of terms.
	 *
	 * @param string $table Table: postmeta or termmeta.
	 * @param string $owner Its column for the id of the post or term.
	 */
	private static function meta_of( $table, $owner ) {
		global $wpdb;
		$name   = $wpdb->$table;
		$marks  = "'" . implode( "','", self::MARKS ) . "'";
		$shared = "'" . implode( "','", self::SHARED_META ) . "'";
		$own    = "'" . implode( "','", array_merge( self::META, self::MARKS ) ) . "'";
		// phpcs:disable WordPress.DB
		$wpdb->query( "DELETE m FROM $name m JOIN (SELECT DISTINCT $owner FROM $name WHERE meta_key IN ($marks) AND meta_value <> '') ours ON ours.$owner = m.$owner WHERE m.meta_key IN ($shared)" );
		$wpdb->query( "DELETE FROM $name WHERE meta_key IN ($own)" );
		// phpcs:enable WordPress.DB
	}

	/**
	 * Removes the options, the key of the connection among them.
	 */
	private static function options() {
		foreach ( self::OPTIONS as $name ) {
			delete_option( $name );
		}
	}
}
