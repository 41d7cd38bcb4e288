<?php
/**
 * Pairs the plugin with the app, as pasting the connection key in its settings does.
 */
$admin = get_user_by( 'login', 'admin' );
wp_set_current_user( $admin->ID );
try {
	$message = IGNY8_Connection::connect( $args[0], $admin->ID );
} catch ( IGNY8_Exception $problem ) {
	file_put_contents( 'php://stderr', $problem->getMessage() . "\n" );
	exit( 1 );
}
echo $message;
