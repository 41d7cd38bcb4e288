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
	 * @return array{has_tables:bool,hooks:string[]} Whether its tables are there, and its hooks that cron still calls.
	 */
	public static function report() {
		return array(
			'has_tables' => self::has_tables(),
			'hooks'      => self::hooks(),
		);
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
