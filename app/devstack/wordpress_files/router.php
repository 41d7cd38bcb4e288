<?php
/**
 * Router of PHP's built-in server: files as they are, everything else to WordPress.
 */
$host = strtolower( (string) ( $_SERVER['HTTP_HOST'] ?? '' ) );
$port = (string) $_SERVER['SERVER_PORT'];
if ( '127.0.0.1:' . $port !== $host && 'localhost:' . $port !== $host ) {
	// A page elsewhere may have a name of its own lead here, and would then be read as this site.
	http_response_code( 421 );
	header( 'Content-Type: text/plain' );
	echo 'This WordPress answers to 127.0.0.1 and localhost alone.';
	return true;
}
$path = rawurldecode( (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
$root = $_SERVER['DOCUMENT_ROOT'];
$file = realpath( $root . $path );

if ( preg_match( '#(^|/)\.|/debug\.log$#', $path ) ) {
	http_response_code( 404 );
	return true;
}
if ( false !== $file && is_dir( $file ) && is_file( $file . '/index.php' ) && '/' !== $path ) {
	if ( '/' !== substr( $path, -1 ) ) {
		$query = (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_QUERY );
		header( 'Location: ' . $path . '/' . ( '' === $query ? '' : '?' . $query ), true, 301 );
		return true;
	}
	$file = $file . '/index.php';
	$path = $path . 'index.php';
}
if ( false !== $file && is_file( $file ) ) {
	if ( '.php' !== substr( $file, -4 ) ) {
		return false;
	}
	$_SERVER['SCRIPT_NAME']     = $path;
	$_SERVER['PHP_SELF']        = $path;
	$_SERVER['SCRIPT_FILENAME'] = $file;
	chdir( dirname( $file ) );
	require $file;
	return true;
}
$_SERVER['SCRIPT_NAME']     = '/index.php';
$_SERVER['PHP_SELF']        = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $root . '/index.php';
chdir( $root );
require $root . '/index.php';
return true;
