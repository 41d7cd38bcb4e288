<?php
/**
 * A persistent object cache for tests: each entry is a file, written and removed at once, as Redis and Memcached do.
 * Nothing waits for the end of a request, which the plugin's answer does not wait for either.
 */
require_once ABSPATH . WPINC . '/cache.php';

define( 'IGNY8_TEST_CACHE', WP_CONTENT_DIR . '/test-object-cache' );

class IGNY8_Test_Cache extends WP_Object_Cache {

	public function set( $key, $data, $group = 'default', $expire = 0 ) {
		$is_set = parent::set( $key, $data, $group, $expire );
		if ( $is_set ) {
			$temporary = IGNY8_TEST_CACHE . '/' . uniqid( 'new', true );
			file_put_contents( $temporary, serialize( $data ) );
			rename( $temporary, self::file( $key, $group ? $group : 'default' ) );
		}
		return $is_set;
	}

	public function delete( $key, $group = 'default', $deprecated = false ) {
		$is_deleted = parent::delete( $key, $group );
		@unlink( self::file( $key, $group ? $group : 'default' ) );
		return $is_deleted;
	}

	public function flush() {
		array_map( 'unlink', glob( IGNY8_TEST_CACHE . '/*' ) );
		return parent::flush();
	}

	protected function _exists( $key, $group ) {
		$stored = parent::_exists( $key, $group ) ? false : @file_get_contents( self::file( $key, $group ) );
		if ( false !== $stored ) {
			parent::set( $key, unserialize( $stored ), $group );
		}
		return parent::_exists( $key, $group );
	}

	private static function file( $key, $group ) {
		return IGNY8_TEST_CACHE . '/' . md5( $group . ':' . $key );
	}
}

add_action(
	'muplugins_loaded',
	static function () {
		wp_mkdir_p( IGNY8_TEST_CACHE );
		$GLOBALS['wp_object_cache'] = new IGNY8_Test_Cache();
	},
	-1
);
