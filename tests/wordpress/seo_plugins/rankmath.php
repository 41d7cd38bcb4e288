<?php
/**
 * Stands in for Rank Math: post and term meta, and a silent head until its registration is done or skipped. It takes
 * tags, backslashes and whatever stands between percent signs away.
 */
define( 'RANK_MATH_VERSION', '1.0.273' );

if ( get_option( 'rank_math_registration_skip' ) ) {
	$igny8_shown = static function ( $text, $kind, $id ) {
		$text = preg_replace_callback(
			'/%(([a-z0-9_-]+)\(([^)]*)\)|[^\s]+)%/iu',
			static function ( $found ) use ( $kind, $id ) {
				return igny8_stand_in_variable( trim( $found[1], '%' ), $kind, $id );
			},
			wp_strip_all_tags( $text )
		);
		return wp_strip_all_tags( stripslashes( $text ), true );
	};
	igny8_stand_in_head(
		static function ( $kind, $id ) use ( $igny8_shown ) {
			return array(
				convert_smilies( $igny8_shown( get_metadata( $kind, $id, 'rank_math_title', true ), $kind, $id ) ),
				$igny8_shown( get_metadata( $kind, $id, 'rank_math_description', true ), $kind, $id ),
				get_metadata( $kind, $id, 'rank_math_canonical_url', true ),
			);
		}
	);
}
