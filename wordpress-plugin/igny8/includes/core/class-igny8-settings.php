<?php
/**
 * The site's settings.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * What this site wants of a publish: one option, changed here or in the app, and the later change wins.
 */
class IGNY8_Settings {

	const OPTION           = 'igny8_settings';
	const DEFAULT_TYPES    = array( 'post', 'page', 'product' );
	const OVERFLOWS        = array( 'skip', 'separate_post', 'inline_grid' );
	const GALLERY_AT_MOST  = 20;
	const CLOCK_SECONDS    = 300;
	const PATIENCE_SECONDS = 5;

	/**
	 * Whether the option is being written by this class: then the form's callback has no say.
	 *
	 * @var bool
	 */
	private static $storing = false;

	/**
	 * The settings, with what was never set at its default.
	 *
	 * @return array<string,mixed> The contract's settings by name; fallback_category and default_author are ids, 0 for none.
	 */
	public static function get() {
		$stored = get_option( self::OPTION );
		$stored = is_array( $stored ) ? $stored : array();
		$values = array_merge( self::defaults(), array_intersect_key( $stored, self::defaults() ) );
		// Written by hand, or by an older version.
		$values['post_types'] = is_array( $values['post_types'] ) ? array_values( $values['post_types'] ) : array();
		return $values;
	}

	/**
	 * Id of the category for posts whose own are not there.
	 *
	 * @return int 0 when there is none.
	 */
	public static function fallback_category() {
		$id = (int) self::get()['fallback_category'];
		return $id > 0 && get_term( $id, 'category' ) instanceof WP_Term ? $id : 0;
	}

	/**
	 * The author of what names none.
	 *
	 * @return WP_User|null Null for the acting user.
	 */
	public static function default_author() {
		$id   = (int) self::get()['default_author'];
		$user = $id > 0 ? get_userdata( $id ) : false;
		$fine = $user instanceof WP_User && user_can( $user, 'edit_posts' ) && ( ! is_multisite() || is_user_member_of_blog( $user->ID ) );
		return $fine ? $user : null;
	}

	/**
	 * The settings as they go over the wire.
	 *
	 * @return array<string,mixed>
	 */
	public static function for_wire() {
		$author = self::default_author();
		return array_merge(
			self::get(),
			array(
				'fallback_category' => 0 === self::fallback_category() ? null : self::fallback_category(),
				'default_author'    => null === $author ? null : $author->user_email,
			)
		);
	}

	/**
	 * When and by whom they were changed.
	 *
	 * @return array{changed_at:?string,changed_by:?string} Null when never.
	 */
	public static function last_change() {
		$stored = get_option( self::OPTION );
		return array(
			'changed_at' => isset( $stored['changed_at'] ) ? (string) $stored['changed_at'] : null,
			'changed_by' => isset( $stored['changed_by'] ) ? (string) $stored['changed_by'] : null,
		);
	}

	/**
	 * Takes a change made in wp-admin: it is the latest there is.
	 *
	 * @param array<string,mixed> $values Valid settings.
	 * @return array<string,mixed> What is to be stored.
	 */
	public static function changed_here( $values ) {
		$stored = get_option( self::OPTION );
		$stored = is_array( $stored ) ? $stored : array();
		$merged = array_merge( $stored, $values );
		if ( array_intersect_key( array_merge( self::get(), $values ), self::defaults() ) === self::get() ) {
			return $stored;
		}
		// The app's clock may be ahead of ours.
		$last = null === self::last_change()['changed_at'] ? 0 : (int) strtotime( self::last_change()['changed_at'] );
		$user = wp_get_current_user();
		return array_merge(
			$merged,
			array(
				'changed_at' => gmdate( 'Y-m-d\TH:i:s\Z', max( time(), $last + 1 ) ),
				'changed_by' => $user->display_name,
			)
		);
	}

	/**
	 * Takes a change made in the app, unless there is a later one.
	 *
	 * @param array<string,mixed> $values     Valid settings.
	 * @param string              $changed_at ISO 8601, UTC.
	 * @param string              $changed_by Name of a person.
	 * @return bool Whether it was taken.
	 * @throws IGNY8_Exception When it could not be stored.
	 */
	public static function changed_in_app( $values, $changed_at, $changed_by ) {
		global $wpdb;
		$lock = 'igny8:' . md5( DB_NAME . $wpdb->prefix . 'settings' );
		$wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', $lock, self::PATIENCE_SECONDS ) );
		try {
			// Another request may have changed them since this one began.
			wp_cache_delete( 'alloptions', 'options' );
			wp_cache_delete( self::OPTION, 'options' );
			if ( strcmp( $changed_at, (string) self::last_change()['changed_at'] ) < 0 ) {
				return false;
			}
			$stored        = get_option( self::OPTION );
			$note          = array(
				'changed_at' => $changed_at,
				'changed_by' => $changed_by,
			);
			$new           = array_merge( is_array( $stored ) ? $stored : array(), $values, $note );
			self::$storing = true;
			if ( $new !== $stored && ! update_option( self::OPTION, $new, true ) ) {
				throw new IGNY8_Exception( 'DATABASE_ERROR', __( 'The settings could not be stored.', 'igny8' ), 500, null, array(), true );
			}
			return true;
		} finally {
			self::$storing = false;
			$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', $lock ) );
		}
	}

	/**
	 * Whether a change of the app is being stored.
	 *
	 * @return bool
	 */
	public static function storing() {
		return self::$storing;
	}

	/**
	 * Checks settings as they come over the wire.
	 *
	 * @param array<string,mixed> $sent Some of the settings.
	 * @return array{0:array<string,mixed>,1:array<int,array<string,string>>} Values to store, and all problems.
	 */
	public static function validate( $sent ) {
		$values   = array();
		$problems = array();
		foreach ( $sent as $name => $value ) {
			list( $read, $message, $cure ) = self::read( (string) $name, $value );
			if ( '' === $message ) {
				$values[ $name ] = $read;
			} else {
				$problems[] = array(
					'code'    => array_key_exists( $name, self::defaults() ) ? 'SETTING_INVALID' : 'SETTING_UNKNOWN',
					'message' => $message,
					'field'   => 'settings.' . $name,
					'cure'    => $cure,
				);
			}
		}
		return array( $values, $problems );
	}

	/**
	 * What holds until somebody says otherwise.
	 *
	 * @return array<string,mixed>
	 */
	private static function defaults() {
		return array(
			'post_types'        => self::DEFAULT_TYPES,
			'auto_create_terms' => true,
			'fallback_category' => (int) get_option( 'default_category' ),
			'gallery_limit'     => 5,
			'gallery_overflow'  => 'skip',
			'default_author'    => 0,
			'seo_meta_tags'     => true,
		);
	}

	/**
	 * Reads one setting.
	 *
	 * @param string $name  Name.
	 * @param mixed  $value Value.
	 * @return array{0:mixed,1:string,2:string} Value to store, what is wrong with it, and what to do.
	 */
	private static function read( $name, $value ) {
		switch ( $name ) {
			case 'auto_create_terms':
			case 'seo_meta_tags':
				return array( $value, is_bool( $value ) ? '' : __( 'This setting is on or off.', 'igny8' ), __( 'Send true or false.', 'igny8' ) );
			case 'gallery_limit':
				$fine = is_int( $value ) && $value >= 1 && $value <= self::GALLERY_AT_MOST;
				return array( $value, $fine ? '' : __( 'A gallery has 1 to 20 images.', 'igny8' ), __( 'Choose a number from 1 to 20.', 'igny8' ) );
			case 'gallery_overflow':
				$fine = in_array( $value, self::OVERFLOWS, true );
				return array( $value, $fine ? '' : __( 'There is no such way to handle images over the limit.', 'igny8' ), implode( ', ', self::OVERFLOWS ) );
			case 'fallback_category':
				$fine = null === $value || ( is_int( $value ) && get_term( $value, 'category' ) instanceof WP_Term );
				return array( (int) $value, $fine ? '' : __( 'The fallback category does not exist on this site.', 'igny8' ), __( 'Choose a category of this site, or none.', 'igny8' ) );
			case 'default_author':
				return self::read_author( $value );
			case 'post_types':
				return self::read_types( $value );
			default:
				return array( null, __( 'This version of the plugin has no such setting.', 'igny8' ), __( 'Update the plugin.', 'igny8' ) );
		}
	}

	/**
	 * Reads the default author.
	 *
	 * @param mixed $value E-mail address, or null.
	 * @return array{0:mixed,1:string,2:string}
	 */
	private static function read_author( $value ) {
		if ( null === $value || '' === $value ) {
			return array( 0, '', '' );
		}
		$user = is_string( $value ) ? get_user_by( 'email', $value ) : false;
		$fine = $user instanceof WP_User && user_can( $user, 'edit_posts' ) && ( ! is_multisite() || is_user_member_of_blog( $user->ID ) );
		return array( $fine ? $user->ID : 0, $fine ? '' : __( 'The default author is no author of this site.', 'igny8' ), __( 'Choose another author, or add this one in WordPress with a role that may write.', 'igny8' ) );
	}

	/**
	 * Reads the post types.
	 *
	 * @param mixed $value Names.
	 * @return array{0:mixed,1:string,2:string}
	 */
	private static function read_types( $value ) {
		$cure = __( 'Choose from the post types that site-metadata lists.', 'igny8' );
		if ( ! is_array( $value ) ) {
			return array( null, __( 'The post types are no list.', 'igny8' ), $cure );
		}
		foreach ( $value as $name ) {
			// A shop may be switched off for a while: its type stays enabled.
			if ( ! is_string( $name ) || ! ( post_type_exists( $name ) || in_array( $name, self::DEFAULT_TYPES, true ) ) ) {
				/* translators: %s: post type. */
				return array( null, sprintf( __( 'This site has no post type “%s”.', 'igny8' ), is_string( $name ) ? $name : gettype( $name ) ), $cure );
			}
		}
		return array( array_values( array_unique( $value ) ), '', '' );
	}
}
