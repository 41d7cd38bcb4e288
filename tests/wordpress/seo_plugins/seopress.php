<?php
/**
 * Stands in for SEOPress: post and term meta. It fills in what stands between two percent signs each, and resolves the
 * escapes of a canonical address. Without its feature of titles it prints nothing.
 */
define( 'SEOPRESS_VERSION', '9.7.4' );

$igny8_shown = static function ( $text, $kind, $id ) {
	return preg_replace_callback(
		'/%%(.*?)%%/',
		static function ( $found ) use ( $kind, $id ) {
			return igny8_stand_in_variable( $found[1], $kind, $id );
		},
		$text
	);
};
/**
 * Its feature of that name: '1' when it is on.
 *
 * @param string $feature Feature.
 * @return string|null
 */
function seopress_get_toggle_option( $feature ) {
	$features = get_option( 'seopress_toggle', array( 'toggle-titles' => '1' ) );
	return isset( $features[ 'toggle-' . $feature ] ) ? $features[ 'toggle-' . $feature ] : null;
}

igny8_stand_in_head(
	static function ( $kind, $id ) use ( $igny8_shown ) {
		return '1' !== seopress_get_toggle_option( 'titles' ) ? array( '', '', '' ) : array(
			$igny8_shown( get_metadata( $kind, $id, '_seopress_titles_title', true ), $kind, $id ),
			$igny8_shown( get_metadata( $kind, $id, '_seopress_titles_desc', true ), $kind, $id ),
			urldecode( get_metadata( $kind, $id, '_seopress_robots_canonical', true ) ),
		);
	}
);
