<?php
/**
 * Loads WordPress on the command line and runs one script in it.
 *
 * Usage: php command.php CORE_FOLDER SITE_URL SCRIPT [ARGUMENT…]; SCRIPT "-" takes the code from IGNY8_INLINE_PHP.
 */
list( , $igny8_core, $igny8_url, $igny8_script ) = $argv;

$args                       = array_slice( $argv, 4 );
$_SERVER['HTTP_HOST']       = substr( $igny8_url, strlen( 'http://' ) );
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REMOTE_ADDR']     = '127.0.0.1';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
if ( 'install.php' === basename( $igny8_script ) ) {
	define( 'WP_INSTALLING', true );
}
chdir( $igny8_core );
require $igny8_core . '/wp-load.php';

if ( '-' === $igny8_script ) {
	eval( '?>' . getenv( 'IGNY8_INLINE_PHP' ) );
} else {
	require $igny8_script;
}
