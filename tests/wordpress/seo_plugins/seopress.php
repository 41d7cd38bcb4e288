<?php
/**
 * Stands in for SEOPress: post and term meta.
 */
define( 'SEOPRESS_VERSION', '9.7.4' );

igny8_stand_in_head(
	static function ( $kind, $id ) {
		return array(
			get_metadata( $kind, $id, '_seopress_titles_title', true ),
			get_metadata( $kind, $id, '_seopress_titles_desc', true ),
			get_metadata( $kind, $id, '_seopress_robots_canonical', true ),
		);
	}
);
