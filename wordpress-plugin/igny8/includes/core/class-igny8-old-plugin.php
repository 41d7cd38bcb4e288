<?php
/**
 * What an older IGNY8 plugin has left here.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- whether a table is there: no function of WordPress tells.

/**
 * The plugin that this one takes the place of. It is looked at, and never changed.
 */
class IGNY8_Old_Plugin {

	const MOST_HOOKS = 20;

	/**
	 * What there is of it.
	 *
	 * @return array{has_tables:bool,hooks:string[],plugins:string[]} Whether its tables are there, its hooks that cron
	 *                                                                still calls, and the plugins of that name that are
	 *                                                                active beside this one.
	 */
	public static function report() {
		return array(
			'has_tables' => self::has_tables(),
			'hooks'      => self::hooks(),
			'plugins'    => self::plugins(),
		);
	}

	/**
	 * Active plugins named IGNY8 beside this one, those of the network among them.
	 *
	 * @return string[] Files, below the folder of plugins.
	 */
	private static function plugins() {
		$files = (array) get_option( 'active_plugins', array() );
		if ( is_multisite() ) {
			$files = array_merge( $files, array_keys( (array) get_site_option( 'active_sitewide_plugins', array() ) ) );
		}
		$others = array();
		foreach ( array_unique( array_filter( $files, 'is_string' ) ) as $file ) {
			if ( false !== stripos( $file, 'igny8' ) && plugin_basename( IGNY8_FILE ) !== $file ) {
				$others[] = IGNY8_Text::valid_utf8( $file );
			}
		}
		sort( $others );
		return array_slice( $others, 0, self::MOST_HOOKS );
	}

	/**
	 * Whether its keywords are still in the database.
	 *
	 * @return bool
	 */
	private static function has_tables() {
		global $wpdb;
		$name = $wpdb->prefix . 'igny8_keywords';
		return $name === $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $name ) ) );
	}

	/**
	 * Its hooks in the schedule of WordPress; ours is none of them.
	 *
	 * @return string[]
	 */
	private static function hooks() {
		$hooks = array();
		foreach ( (array) _get_cron_array() as $events ) {
			foreach ( array_keys( (array) $events ) as $hook ) {
				if ( 1 === preg_match( '/^_?igny8_/', (string) $hook ) && IGNY8_Plugin::DRAIN !== $hook ) {
					$hooks[] = (string) $hook;
				}
			}
		}
		$hooks = array_values( array_unique( $hooks ) );
		sort( $hooks );
		return array_slice( $hooks, 0, self::MOST_HOOKS );
	}
}
