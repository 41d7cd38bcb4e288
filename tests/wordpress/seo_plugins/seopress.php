<?php
/**
 * Stands in for SEOPress: post and term meta. It fills in what stands between two percent signs each, and resolves the
 * escapes of a canonical address.
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
igny8_stand_in_head(
	static function ( $kind, $id ) use ( $igny8_shown ) {
		return array(
			$igny8_shown( get_metadata( $kind, $id, '_seopress_titles_title', true ), $kind, $id ),
			$igny8_shown( get_metadata( $kind, $id, '_seopress_titles_desc', true ), $kind, $id ),
			urldecode( get_metadata( $kind, $id, '_seopress_robots_canonical', true ) ),
		);
	}
);
