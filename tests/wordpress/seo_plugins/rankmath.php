<?php
/**
 * Stands in for Rank Math: post and term meta, and a silent head until its registration is done or skipped.
 */
define( 'RANK_MATH_VERSION', '1.0.273' );

if ( get_option( 'rank_math_registration_skip' ) ) {
	igny8_stand_in_head(
		static function ( $kind, $id ) {
			return array(
				get_metadata( $kind, $id, 'rank_math_title', true ),
				get_metadata( $kind, $id, 'rank_math_description', true ),
				get_metadata( $kind, $id, 'rank_math_canonical_url', true ),
			);
		}
	);
}
