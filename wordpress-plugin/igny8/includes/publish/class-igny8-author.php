<?php
/**
 * Authors.
 *
 * @package IGNY8
 */

/**
 * Finds the author of a payload: the one it names, or the site's default.
 */
class IGNY8_Author {

	/**
	 * The user with an address, if he may write here.
	 *
	 * @param string $email E-mail address.
	 * @return WP_User|null
	 */
	public static function by_email( $email ) {
		$user = '' === $email ? false : get_user_by( 'email', $email );
		$fine = $user instanceof WP_User && user_can( $user, 'edit_posts' ) && ( ! is_multisite() || is_user_member_of_blog( $user->ID ) );
		return $fine ? $user : null;
	}

	/**
	 * Id of the author.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @param bool          $is_new  Whether the post is new: one that is there keeps its author unless another is named.
	 * @return int 0 to leave it to WordPress, which takes the acting user.
	 */
	public static function of( $payload, $is_new ) {
		$named = self::by_email( $payload->post['author_email'] );
		if ( null !== $named ) {
			return $named->ID;
		}
		$default = $is_new ? IGNY8_Settings::default_author() : null;
		return null === $default ? 0 : $default->ID;
	}
}
