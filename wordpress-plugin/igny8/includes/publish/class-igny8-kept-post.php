<?php
/**
 * A page as it was before the app changed it.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- read with the row locked: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.
// phpcs:disable Squiz.Commenting.FunctionCommentThrowTag -- it takes the class that makes an exception for the exception's.

/**
 * Hands the app a page as it is in the database, and puts it back byte for byte.
 *
 * The app keeps it and can neither read more of it than this site told, nor make one: only what carries this site's own
 * mark is put back.
 */
class IGNY8_Kept_Post {

	/**
	 * A page, with its mark.
	 *
	 * @param int $post_id Page.
	 * @return array{snapshot:string,mark:string}
	 */
	public static function take( $post_id ) {
		$snapshot = IGNY8_Snapshot::take( array( $post_id ) );
		return array(
			'snapshot' => $snapshot,
			'mark'     => self::mark( $snapshot ),
		);
	}

	/**
	 * This site's mark of a snapshot.
	 *
	 * @param string $snapshot Snapshot.
	 * @return string
	 */
	private static function mark( $snapshot ) {
		return hash_hmac( 'sha256', get_current_blog_id() . ' ' . $snapshot, wp_salt( 'auth' ) . 'igny8 kept post' );
	}

	/**
	 * Puts a page back, unless somebody changed it since the app did.
	 *
	 * @param array<string,mixed> $data Body: snapshot, mark, and `left`, the marks of the page as the app left it.
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it cannot be put back; then nothing is changed.
	 */
	public static function put_back( $data ) {
		$snapshot = isset( $data['snapshot'] ) && is_string( $data['snapshot'] ) ? $data['snapshot'] : '';
		$mark     = isset( $data['mark'] ) && is_string( $data['mark'] ) ? $data['mark'] : '';
		$left     = isset( $data['left'] ) && is_array( $data['left'] ) ? $data['left'] : array();
		$ids      = IGNY8_Snapshot::post_ids( $snapshot );
		if ( 1 !== count( $ids ) || ! hash_equals( self::mark( $snapshot ), $mark ) ) {
			throw new IGNY8_Exception( 'SNAPSHOT_UNKNOWN', __( 'This is no page that this site has handed out, or its secret keys were changed since.', 'igny8' ), 409, 'preflight' );
		}
		$post_id = $ids[0];
		if ( ! current_user_can( 'edit_post', $post_id ) ) {
			throw new IGNY8_Exception( 'USER_NOT_ALLOWED', __( 'The WordPress user that the app acts as may not do this with this post.', 'igny8' ), 403, 'preflight' );
		}
		IGNY8_Watcher::mark_own( $post_id );
		$transaction = new IGNY8_Transaction( 'commit' );
		$transaction->begin();
		try {
			$changed = self::write( $post_id, $snapshot, $left );
			$transaction->commit();
		} catch ( Throwable $thrown ) {
			$transaction->rollback();
			IGNY8_Cleanup::forget_post( $post_id );
			throw IGNY8_Exception::from_hook( $thrown, 'commit' );
		}
		IGNY8_Cleanup::forget_post( $post_id );
		$items = IGNY8_Post_Item::make( array( $post_id ) );
		return array(
			'changed' => $changed,
			'post'    => isset( $items[ $post_id ] ) ? $items[ $post_id ] : null,
		);
	}

	/**
	 * Puts it back, with the row locked.
	 *
	 * @param int                 $post_id  Page.
	 * @param string              $snapshot Snapshot.
	 * @param array<string,mixed> $left     Marks of the page as the app left it.
	 * @return bool False when it is as it was already.
	 * @throws IGNY8_Exception When somebody changed it since.
	 */
	private static function write( $post_id, $snapshot, $left ) {
		global $wpdb;
		$wpdb->get_var( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE ID = %d FOR UPDATE", $post_id ) );
		$rows = IGNY8_Post_Rows::read( array( $post_id ) );
		$now  = isset( $rows[ $post_id ] ) ? IGNY8_Post_Item::marks( $rows[ $post_id ] ) : array();
		$was  = json_decode( $snapshot, true )['posts'][0];
		if ( self::post_of( IGNY8_Snapshot::take( array( $post_id ) ) ) === $was['post'] ) {
			return false;
		}
		foreach ( array( 'content_hash', 'state_hash' ) as $name ) {
			if ( ! isset( $now[ $name ], $left[ $name ] ) || $now[ $name ] !== $left[ $name ] ) {
				throw new IGNY8_Exception( 'CONFLICT', __( 'It was changed in WordPress since. It was left as it is.', 'igny8' ), 409, 'claim', array( 'present' => array( 'state' => 'edited' ) + $now ) );
			}
		}
		IGNY8_Snapshot::restore( $snapshot );
		IGNY8_Reported_Hashes::clear( array( $post_id ) );
		IGNY8_Outbox::send_again( $post_id );
		return true;
	}

	/**
	 * The row of the post in a snapshot.
	 *
	 * @param string $snapshot Snapshot.
	 * @return array<string,mixed>|null
	 */
	private static function post_of( $snapshot ) {
		$data = json_decode( $snapshot, true );
		return isset( $data['posts'][0]['post'] ) ? $data['posts'][0]['post'] : null;
	}
}
