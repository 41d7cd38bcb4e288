<?php
/**
 * The user that the app acts as.
 *
 * @package IGNY8
 */

/**
 * Who may be chosen, and with which rights that user acts: a member of this site, never above who chose.
 *
 * In a network, super admins may do anything on every site, such as write scripts into posts. Who is one acts with
 * these rights only when chosen by one; chosen by anybody else, or before becoming one, with those of the role here.
 */
class IGNY8_Actor {

	const RIGHT = 'publish_posts';

	/**
	 * Id of the user that the app acts as now.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @return int 0 when that user was deleted, or is no member of this site (any more).
	 */
	public static function id( $connection ) {
		$id = (int) $connection['user_id'];
		return self::is_member( $id ) ? $id : 0;
	}

	/**
	 * Becomes that user for the rest of the request.
	 *
	 * @param array<string,mixed> $connection Connection.
	 */
	public static function set_current_user( $connection ) {
		$id = self::id( $connection );
		if ( self::has_role_rights_only( $connection ) ) {
			self::set_super_admins( self::all_but( $id ) );
		}
		wp_set_current_user( $id );
	}

	/**
	 * Whether the acting user has a right when the app acts.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @param string              $capability Right.
	 * @return bool
	 */
	public static function can( $connection, $capability ) {
		global $super_admins;
		$id     = self::id( $connection );
		$before = $super_admins;
		if ( self::has_role_rights_only( $connection ) ) {
			self::set_super_admins( self::all_but( $id ) );
		}
		$may = $id > 0 && user_can( $id, $capability );
		self::set_super_admins( $before );
		return $may;
	}

	/**
	 * Whether a super admin acts with the rights of the role on this site alone.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @return bool
	 */
	public static function has_role_rights_only( $connection ) {
		$chosen_by = isset( $connection['chosen_by'] ) ? (int) $connection['chosen_by'] : 0;
		return is_multisite() && is_super_admin( (int) $connection['user_id'] ) && ! ( $chosen_by > 0 && is_super_admin( $chosen_by ) );
	}

	/**
	 * Whether somebody may choose this user.
	 *
	 * @param int $user_id    User to act as.
	 * @param int $chooser_id Who chooses.
	 * @return bool
	 */
	public static function may_be_chosen( $user_id, $chooser_id ) {
		return self::is_member( $user_id ) && user_can( $user_id, self::RIGHT ) && ! self::is_above( $user_id, $chooser_id );
	}

	/**
	 * The user to act as until another is chosen: who connects, or else the first of those whom they may choose.
	 *
	 * @param int $chooser_id Who connects.
	 * @return int 0 when there is none.
	 */
	public static function first_choice( $chooser_id ) {
		if ( self::is_member( $chooser_id ) ) {
			return $chooser_id;
		}
		$choices = self::choices( $chooser_id );
		return array() === $choices ? 0 : $choices[0];
	}

	/**
	 * Ids of the users whom somebody may choose, those who may most first.
	 *
	 * @param int $chooser_id Who chooses.
	 * @return int[]
	 */
	public static function choices( $chooser_id ) {
		$ids    = array_map(
			'intval',
			get_users(
				array(
					'capability' => array( self::RIGHT ),
					'fields'     => 'ID',
					'orderby'    => 'ID',
				)
			)
		);
		$chosen = array_filter(
			$ids,
			static function ( $id ) use ( $chooser_id ) {
				return self::may_be_chosen( $id, $chooser_id );
			}
		);
		$others = array_filter(
			$chosen,
			static function ( $id ) {
				return user_can( $id, 'edit_others_posts' );
			}
		);
		return array_values( array_unique( array_merge( $others, $chosen ) ) );
	}

	/**
	 * Whether a user belongs to this site. Super admins see each, and belong to those that have added them.
	 *
	 * @param int $user_id User.
	 * @return bool
	 */
	private static function is_member( $user_id ) {
		return $user_id > 0 && false !== get_userdata( $user_id ) && ( ! is_multisite() || is_user_member_of_blog( $user_id ) );
	}

	/**
	 * Whether a user may do something that matters here and the other one may not.
	 *
	 * @param int $user_id  User.
	 * @param int $other_id The other.
	 * @return bool
	 */
	private static function is_above( $user_id, $other_id ) {
		$administrator = get_role( 'administrator' );
		$rights        = null === $administrator ? array() : array_keys( array_filter( $administrator->capabilities ) );
		foreach ( array_merge( array( 'unfiltered_html', 'unfiltered_upload', 'manage_network' ), $rights ) as $right ) {
			if ( user_can( $user_id, $right ) && ! user_can( $other_id, $right ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Log-in names of the network's super admins without one of them.
	 *
	 * @param int $user_id Whom to leave out.
	 * @return string[]
	 */
	private static function all_but( $user_id ) {
		return array_values( array_diff( get_super_admins(), array( get_userdata( $user_id )->user_login ) ) );
	}

	/**
	 * Says who are the super admins in this request.
	 *
	 * @param string[]|null $names Log-in names; null for those of the network.
	 */
	private static function set_super_admins( $names ) {
		$GLOBALS['super_admins'] = $names; // phpcs:ignore WordPress.WP.GlobalVariablesOverride.Prohibited -- made for it: get_super_admins() reads it first.
	}
}
