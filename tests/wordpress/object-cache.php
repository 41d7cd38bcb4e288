<?php
/**
 * A persistent object cache for tests: what is in the cache at the end of a request is there in the next one.
 */
require_once ABSPATH . WPINC . '/cache.php';

define( 'IGNY8_TEST_CACHE', WP_CONTENT_DIR . '/test-object-cache' );

add_action(
	'muplugins_loaded',
	static function () {
		if ( is_file( IGNY8_TEST_CACHE ) ) {
			$GLOBALS['wp_object_cache']->cache = unserialize( file_get_contents( IGNY8_TEST_CACHE ) );
		}
		register_shutdown_function(
			static function () {
				file_put_contents( IGNY8_TEST_CACHE, serialize( $GLOBALS['wp_object_cache']->cache ), LOCK_EX );
			}
		);
	},
	-1
);
