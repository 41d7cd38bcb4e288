<?php
/**
 * Plugin Name: IGNY8 local WordPress
 * Description: This WordPress lives on one machine without the outside world: it looks for no updates.
 */

foreach ( array( 'update_core', 'update_plugins', 'update_themes' ) as $igny8_local_name ) {
	add_filter(
		'pre_site_transient_' . $igny8_local_name,
		static function () {
			return (object) array(
				'last_checked'    => time(),
				'version_checked' => $GLOBALS['wp_version'],
				'updates'         => array(),
				'response'        => array(),
				'translations'    => array(),
				'checked'         => array(),
			);
		}
	);
}
remove_action( 'init', 'wp_schedule_update_checks' );
