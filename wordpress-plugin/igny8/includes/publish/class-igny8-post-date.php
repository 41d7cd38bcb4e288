<?php
/**
 * Dates of posts.
 *
 * @package IGNY8
 */

/**
 * What wp_insert_post() and wp_update_post() have to be told of the date.
 */
class IGNY8_Post_Date {

	/**
	 * Both dates from UTC; without edit_date WordPress would publish a draft at once.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @return array<string,mixed>
	 */
	public static function of( $payload ) {
		$gmt = $payload->post['date_gmt'];
		if ( '' === $gmt ) {
			return array();
		}
		return array(
			'post_date'     => get_date_from_gmt( $gmt ),
			'post_date_gmt' => $gmt,
			'edit_date'     => true,
		);
	}

	/**
	 * The date of a post that is there: one that WordPress would keep back until its date is dated now.
	 *
	 * @param IGNY8_Payload $payload  Payload.
	 * @param WP_Post       $existing The post.
	 * @return array<string,mixed>
	 */
	public static function of_update( $payload, $existing ) {
		$is_ahead = 'private' !== $existing->post_status && $existing->post_date_gmt > gmdate( 'Y-m-d H:i:s' );
		if ( '' !== $payload->post['date_gmt'] || ! $is_ahead ) {
			return self::of( $payload );
		}
		return array(
			'post_date'     => current_time( 'mysql' ),
			'post_date_gmt' => current_time( 'mysql', true ),
			'edit_date'     => true,
		);
	}
}
