<?php
/**
 * Prints the plugin's table of routes as JSON, and of each route whether its callback can be called.
 */
spl_autoload_register(
	static function ( $name ) {
		$file = '/class-' . strtolower( str_replace( '_', '-', $name ) ) . '.php';
		foreach ( glob( dirname( __DIR__, 2 ) . '/wordpress-plugin/igny8/includes/*' . $file ) as $path ) {
			require $path;
		}
	}
);

$routes = IGNY8_Routes::TABLE;
foreach ( $routes as $name => $route ) {
	$routes[ $name ]['callable'] = is_callable( $route['callback'] );
	foreach ( $route['args'] as $arg ) {
		$routes[ $name ]['callable'] = $routes[ $name ]['callable'] && method_exists( 'IGNY8_Arguments', $arg[0] );
	}
}
echo json_encode( $routes );
