<?php
/**
 * The route post-status.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- read with the row locked: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.
// phpcs:disable Squiz.Commenting.FunctionCommentThrowTag -- it takes the class that makes an exception for the exception's.

/**
 * Makes a post a draft, moves it to the trash, or takes it out of there.
 *
 * It holds the claim of the content meanwhile, as a publish does, writes in one transaction and reads back. Asked for
 * again it finds that it is so already, and answers the same.
 */
class IGNY8_Post_Status {

	/**
	 * Request.
	 *
	 * @var IGNY8_Payload
	 */
	private $payload;

	/**
	 * Does what the body asks for.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it cannot be done.
	 */
	public static function answer( $request ) {
		IGNY8_Tables::make_missing();
		return ( new self( IGNY8_Payload::of_status( $request ) ) )->act();
	}

	/**
	 * Takes what it works with.
	 *
	 * @param IGNY8_Payload $payload Request.
	 */
	private function __construct( $payload ) {
		$this->payload = $payload;
	}

	/**
	 * Does the action.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it cannot be done.
	 */
	private function act() {
		$row  = IGNY8_Claims::row( $this->payload->content_id );
		$post = $this->find( $row );
		if ( $this->is_done( $post->post_status ) ) {
			return $this->result( $post->ID, false );
		}
		$this->refuse_what_will_not_do( $post );
		if ( ! IGNY8_Claims::try_lock( $this->payload->content_id, IGNY8_Claims::LOCK_SECONDS ) ) {
			throw IGNY8_Claims::busy_error();
		}
		try {
			IGNY8_Claims::take( $this->payload->content_id, $this->payload->run_id, $row );
			try {
				$this->change( $row, $post );
			} finally {
				IGNY8_Claims::release( $this->payload->content_id, $this->payload->run_id );
			}
		} finally {
			IGNY8_Claims::unlock( $this->payload->content_id );
		}
		return $this->result( $post->ID, true );
	}

	/**
	 * The post that the content is published as, or was imported from.
	 *
	 * @param array<string,mixed>|null $row Claim row.
	 * @return WP_Post
	 * @throws IGNY8_Exception When it is not there, or may be another one.
	 */
	private function find( $row ) {
		$found = new IGNY8_Existing_Post( $this->payload, $row );
		if ( null !== $found->problem ) {
			throw new IGNY8_Exception( $found->problem[0], $found->problem[2], 409, 'preflight', array( 'cure' => $found->problem[3] ) );
		}
		if ( null === $found->stored_post ) {
			throw new IGNY8_Exception( 'POST_MISSING', __( 'The post is no longer there: it was deleted in WordPress.', 'igny8' ), 404, 'preflight' );
		}
		return $found->stored_post;
	}

	/**
	 * Whether the post is as it is to be.
	 *
	 * @param string $status Status.
	 * @return bool
	 */
	private function is_done( $status ) {
		return 'restore' === $this->payload->action ? 'trash' !== $status : $this->payload->action === $status;
	}

	/**
	 * Raises for what WordPress would do in another way than it is meant, or not at all.
	 *
	 * @param WP_Post $post Post.
	 * @throws IGNY8_Exception When it would.
	 */
	private function refuse_what_will_not_do( $post ) {
		$right = 'draft' === $this->payload->action ? 'edit_post' : 'delete_post';
		if ( ! current_user_can( $right, $post->ID ) ) {
			throw new IGNY8_Exception( 'USER_NOT_ALLOWED', __( 'The WordPress user that the app acts as may not do this with this post.', 'igny8' ), 403, 'preflight' );
		}
		if ( 'restore' === $this->payload->action ) {
			return;
		}
		if ( 'trash' === $post->post_status ) {
			throw new IGNY8_Exception( 'POST_IN_TRASH', __( 'The post is in the trash in WordPress. Restore it there first.', 'igny8' ), 409, 'preflight' );
		}
		if ( 'page' === get_option( 'show_on_front' ) && in_array( $post->ID, array( (int) get_option( 'page_on_front' ), (int) get_option( 'page_for_posts' ) ), true ) ) {
			throw new IGNY8_Exception( 'FRONT_PAGE', __( 'This is the site’s front page, or its page of posts: without it visitors would get another page at the site’s address. Choose another one in WordPress, Settings, Reading first.', 'igny8' ), 409, 'preflight' );
		}
		if ( 'trash' === $this->payload->action && ! EMPTY_TRASH_DAYS ) {
			throw new IGNY8_Exception( 'TRASH_DISABLED', __( 'This WordPress keeps no trash (EMPTY_TRASH_DAYS is 0): the post would be deleted for good. Make it a draft instead.', 'igny8' ), 409, 'preflight' );
		}
	}

	/**
	 * Changes the status, in one transaction.
	 *
	 * @param array<string,mixed>|null $row  Claim row as it was before.
	 * @param WP_Post                  $post Post.
	 * @throws IGNY8_Exception When somebody changed the post since the app last heard of it, or it fails.
	 */
	private function change( $row, $post ) {
		IGNY8_Watcher::mark_own( $post->ID );
		$transaction = new IGNY8_Transaction( 'commit' );
		$transaction->begin();
		try {
			( new IGNY8_Base( $this->payload, $row ) )->refuse_edited_post( $post, true );
			$this->write( $post );
			$transaction->check();
			$this->read_back( $post );
			IGNY8_Reported_Hashes::clear( array( $post->ID ) );
			IGNY8_Outbox::send_again( $post->ID );
			$transaction->commit();
		} catch ( Throwable $thrown ) {
			$transaction->rollback();
			IGNY8_Cleanup::forget_post( $post->ID );
			throw IGNY8_Exception::from_hook( $thrown, 'commit' );
		}
		IGNY8_Cleanup::forget_post( $post->ID );
		clean_post_cache( $post->ID ); // Once more after COMMIT: a page cache may have read the old meanwhile.
	}

	/**
	 * Has WordPress do it. The texts stay as they are stored, also for a user whose HTML WordPress would filter.
	 *
	 * @param WP_Post $post Post.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	private function write( $post ) {
		IGNY8_Cleanup::forget_post( $post->ID );
		$stored = get_post( $post->ID );
		$keep   = static function ( $data, $changes ) use ( $stored ) {
			return isset( $changes['ID'] ) && (int) $changes['ID'] === $stored->ID ? array_merge( $data, wp_slash( array_intersect_key( $stored->to_array(), array_flip( array( 'post_title', 'post_content', 'post_excerpt' ) ) ) ) ) : $data;
		};
		add_filter( 'wp_insert_post_data', $keep, PHP_INT_MAX, 2 );
		add_filter( 'wp_untrash_post_status', 'wp_untrash_post_set_previous_status', PHP_INT_MAX, 3 );
		try {
			if ( 'draft' === $this->payload->action ) {
				$change = array(
					'ID'          => $post->ID,
					'post_status' => 'draft',
				);
				$done   = wp_update_post( $change, true );
			} else {
				$done = 'trash' === $this->payload->action ? wp_trash_post( $post->ID ) : wp_untrash_post( $post->ID );
			}
		} finally {
			remove_filter( 'wp_insert_post_data', $keep, PHP_INT_MAX );
			remove_filter( 'wp_untrash_post_status', 'wp_untrash_post_set_previous_status', PHP_INT_MAX );
		}
		if ( is_wp_error( $done ) || ! $done ) {
			throw new IGNY8_Exception( 'POST_FAILED', is_wp_error( $done ) ? $done->get_error_message() : __( 'WordPress, or another plugin, refused the change.', 'igny8' ), 500, 'content' );
		}
	}

	/**
	 * Looks into the database whether it is so.
	 *
	 * @param WP_Post $post Post.
	 * @throws IGNY8_Exception When it is not.
	 */
	private function read_back( $post ) {
		global $wpdb;
		if ( ! $this->is_done( (string) $wpdb->get_var( $wpdb->prepare( "SELECT post_status FROM {$wpdb->posts} WHERE ID = %d", $post->ID ) ) ) ) {
			throw new IGNY8_Exception( 'READBACK_FAILED', __( 'WordPress stored another status than it was asked for: another plugin changed it back.', 'igny8' ), 500, 'commit' );
		}
	}

	/**
	 * The contract's result.
	 *
	 * @param int  $post_id Post.
	 * @param bool $changed Whether this request changed it.
	 * @return array<string,mixed>
	 */
	private function result( $post_id, $changed ) {
		$items = IGNY8_Post_Item::make( array( $post_id ) );
		return array(
			'post_id'     => $post_id,
			'changed'     => $changed,
			'post_status' => (string) get_post_status( $post_id ),
			'post'        => isset( $items[ $post_id ] ) ? $items[ $post_id ] : null,
		);
	}
}
