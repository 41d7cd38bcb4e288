<?php
/**
 * Deleting the plugin: each site keeps its data or loses it, as its settings say. Posts, terms and media stay.
 *
 * @package IGNY8
 */

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

require_once __DIR__ . '/includes/core/class-igny8-tables.php';
require_once __DIR__ . '/includes/core/class-igny8-removal.php';

if ( is_multisite() ) {
	$igny8_sites = get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	);
	foreach ( $igny8_sites as $igny8_site ) {
		switch_to_blog( $igny8_site );
		IGNY8_Removal::site();
		restore_current_blog();
	}
} else {
	IGNY8_Removal::site();
}
