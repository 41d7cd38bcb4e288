<?php
/**
 * Runs the signing vectors through the plugin's class alone. Prints a JSON object: vector name => what differs.
 */
require dirname( __DIR__, 2 ) . '/wordpress-plugin/igny8/includes/rest/class-igny8-signing.php';

$vectors  = json_decode( file_get_contents( __DIR__ . '/signing-vectors.json' ), true );
$failures = array();
$checked  = 0;
$body_of  = static function ( $vector ) {
	return isset( $vector['body_base64'] ) ? base64_decode( $vector['body_base64'] ) : $vector['body'];
};
$expect   = static function ( $name, $expected, $found ) use ( &$failures, &$checked ) {
	++$checked;
	if ( $expected !== $found ) {
		$failures[ $name ] = array(
			'expected' => $expected,
			'found'    => $found,
		);
	}
};

foreach ( $vectors['requests'] as $v ) {
	$signed = IGNY8_Signing::sign_request( $v['secret'], $v['site'], $v['key'], $v['method'], $v['route'], $v['query'], $body_of( $v ), $v['timestamp'], $v['nonce'] );
	$code   = IGNY8_Signing::verify_request( $signed, $v['site'], array( $v['key'] => $v['secret'] ), $v['method'], $v['route'], $v['query'], $body_of( $v ), (int) $v['timestamp'] );
	$expect( $v['name'] . ' (query)', $v['sorted_query'], IGNY8_Signing::canonical_query( $v['query'] ) );
	$expect( $v['name'], $v['signature'], $signed['signature'] );
	$expect( $v['name'] . ' (verified)', '', $code );
}
foreach ( $vectors['judged_requests'] as $v ) {
	$code = IGNY8_Signing::verify_request( $v, $v['known_site'], $v['known_keys'], $v['method'], $v['route'], $v['query'], $body_of( $v ), $v['now'] );
	$expect( $v['name'], $v['expect'], $code );
}
foreach ( $vectors['responses'] as $v ) {
	$expect( $v['name'], $v['signature'], IGNY8_Signing::sign_response( $v['secret'], $v['site'], $v['key'], $v['nonce'], $v['status'], $v['body'] ) );
}
foreach ( $vectors['bad_responses'] as $v ) {
	$expect( $v['name'], false, IGNY8_Signing::sign_response( $v['secret'], $v['site'], $v['key'], $v['nonce'], $v['status'], $v['body'] ) === $v['signature'] );
}
foreach ( $vectors['connection_keys'] as $v ) {
	$expect( $v['name'], $v['fields'], IGNY8_Signing::decode_connection_key( $v['text'] ) );
}
foreach ( $vectors['bad_connection_keys'] as $v ) {
	$expect( $v['name'], null, IGNY8_Signing::decode_connection_key( $v['text'] ) );
}
echo json_encode(
	array(
		'checked'  => $checked,
		'failures' => (object) $failures,
	)
);
