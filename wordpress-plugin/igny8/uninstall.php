<?php
/**
 * Deleting the plugin removes its tables and options. Published posts, terms and media stay.
 *
 * @package IGNY8
 */

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

/**
 * Removes what is the plugin's own on the current site.
 */
function igny8_uninstall_site() {
	global $wpdb;
	foreach ( array( 'igny8_map', 'igny8_nonces' ) as $table ) {
		$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}{$table}" ); // phpcs:ignore WordPress.DB
	}
	foreach ( array( 'igny8_connection', 'igny8_settings', 'igny8_swept_at', 'igny8_db_version' ) as $option ) {
		delete_option( $option );
	}
}

if ( is_multisite() ) {
	$igny8_sites = get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	);
	foreach ( $igny8_sites as $igny8_site ) {
		switch_to_blog( $igny8_site );
		igny8_uninstall_site();
		restore_current_blog();
	}
} else {
	igny8_uninstall_site();
}
