<?php
/**
 * What a post remembers of the app.
 *
 * @package IGNY8
 */

/**
 * Reads it, but only where this plugin wrote it.
 *
 * The plugin that this one takes the place of used the same names for its own numbers. They are left where they are and
 * never read as the app's: each publish leaves the run, or what it printed last, beside the numbers.
 */
class IGNY8_Own_Meta {

	/**
	 * Meta key: the run that wrote a post or made a term.
	 */
	const RUN = '_igny8_run_id';

	/**
	 * The content that a post or term was published from.
	 *
	 * @param string $kind Kind, post or term.
	 * @param int    $id   Id.
	 * @return string Empty when it was not published from the app.
	 */
	public static function content_id( $kind, $id ) {
		return self::value( $kind, $id, '_igny8_content_id' );
	}

	/**
	 * The task that a post was written for.
	 *
	 * @param int $post_id Post.
	 * @return string Empty when there is none, or the post was not published from the app.
	 */
	public static function task_id( $post_id ) {
		return self::value( 'post', $post_id, '_igny8_task_id' );
	}

	/**
	 * A value, where it is ours.
	 *
	 * @param string $kind Kind, post or term.
	 * @param int    $id   Id.
	 * @param string $key  Key.
	 * @return string
	 */
	private static function value( $kind, $id, $key ) {
		$value = get_metadata( $kind, $id, $key, true );
		return is_string( $value ) && self::is_ours( $kind, $id ) ? $value : '';
	}

	/**
	 * Whether this plugin has written to a post or term.
	 *
	 * @param string $kind Kind, post or term.
	 * @param int    $id   Id.
	 * @return bool
	 */
	private static function is_ours( $kind, $id ) {
		foreach ( array( IGNY8_Head::VERSION, self::RUN ) as $key ) {
			$mark = get_metadata( $kind, $id, $key, true );
			if ( is_string( $mark ) && '' !== $mark ) {
				return true;
			}
		}
		return false;
	}
}
