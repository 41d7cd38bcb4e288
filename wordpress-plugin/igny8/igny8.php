<?php
/**
 * Plugin Name:       IGNY8
 * Description:       Receives what the IGNY8 app publishes: whole or not at all, never twice, and shows what a visitor sees.
 * Version:           0.1.0
 * Requires at least: 6.0
 * Requires PHP:      7.4
 * Author:            IGNY8
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       igny8
 * Domain Path:       /languages
 *
 * @package IGNY8
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

define( 'IGNY8_VERSION', '0.1.0' );
define( 'IGNY8_CONTRACT', 1 );
define( 'IGNY8_FILE', __FILE__ );

spl_autoload_register(
	static function ( $name ) {
		if ( 0 === strpos( $name, 'IGNY8_' ) ) {
			$file = '/class-' . strtolower( str_replace( '_', '-', $name ) ) . '.php';
			foreach ( array( 'core', 'publish', 'rest', 'outbox', 'export', 'admin' ) as $room ) {
				$path = __DIR__ . '/includes/' . $room . $file;
				if ( is_readable( $path ) ) {
					require $path;
					return;
				}
			}
		}
	}
);

register_activation_hook( __FILE__, array( 'IGNY8_Tables', 'activate' ) );
register_deactivation_hook( __FILE__, array( 'IGNY8_Outbox_Sender', 'unschedule' ) );

IGNY8_Plugin::boot();
