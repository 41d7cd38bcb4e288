<?php
/**
 * The gallery post.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Writes the images over the limit into a post of their own, inside the transaction of the content it belongs to.
 */
class IGNY8_Gallery_Post {

	/**
	 * Tells whose gallery a post is.
	 */
	const META = '_igny8_gallery_of';

	/**
	 * Payload.
	 *
	 * @var IGNY8_Payload
	 */
	private $payload;

	/**
	 * Attachment id and URL by hash.
	 *
	 * @var array<string,array<string,mixed>>
	 */
	private $images;

	/**
	 * The gallery post of an earlier publish, or null.
	 *
	 * @var WP_Post|null
	 */
	private $existing;

	/**
	 * Hash of the earlier gallery post as it was published, or empty.
	 *
	 * @var string
	 */
	private $written = '';

	/**
	 * Post, once saved; 0 when none is needed.
	 *
	 * @var int
	 */
	private $post_id = 0;

	/**
	 * Its content.
	 *
	 * @var string
	 */
	private $content = '';

	/**
	 * Takes what it works with.
	 *
	 * @param IGNY8_Payload                     $payload Payload.
	 * @param array<string,array<string,mixed>> $images  Attachments.
	 * @param array<string,mixed>|null          $result  Result of the publish before this one, or null.
	 * @param WP_Post|null                      $parent  The content's post that is there.
	 */
	public function __construct( $payload, $images, $result, $parent ) {
		$this->payload = $payload;
		$this->images  = $images;
		$this->written = isset( $result['gallery_overflow_hash'] ) ? (string) $result['gallery_overflow_hash'] : '';
		$earlier       = isset( $result['gallery_overflow_post_id'] ) ? (int) $result['gallery_overflow_post_id'] : 0;
		if ( $earlier > 0 && get_post_meta( $earlier, self::META, true ) === $payload->content_id ) {
			$this->existing = get_post( $earlier );
		} elseif ( null === $result && null !== $parent ) {
			$this->existing = self::find_unclaimed( $payload->content_id, $parent );
		}
	}

	/**
	 * Whether somebody changed the gallery post since it was published.
	 *
	 * @return bool
	 */
	public function is_edited() {
		return null !== $this->existing && '' !== $this->written && 'trash' !== $this->existing->post_status && self::hash( $this->existing ) !== $this->written;
	}

	/**
	 * The gallery post of a content that the plugin no longer knows: by its marker, or by the link to it.
	 *
	 * @param string  $content_id Content.
	 * @param WP_Post $parent     The content's post.
	 * @return WP_Post|null
	 */
	private static function find_unclaimed( $content_id, $parent ) {
		global $wpdb;
		$post_id = (int) $wpdb->get_var( $wpdb->prepare( "SELECT post_id FROM {$wpdb->postmeta} WHERE meta_key = %s AND meta_value = %s LIMIT 1", self::META, $content_id ) );
		if ( 0 === $post_id && preg_match( '/<p class="igny8-gallery-link"><a href="([^"]+)"/', $parent->post_content, $link ) ) {
			$post_id = url_to_postid( html_entity_decode( $link[1], ENT_QUOTES, 'UTF-8' ) );
		}
		$post = $post_id > 0 && $post_id !== $parent->ID ? get_post( $post_id ) : null;
		return $post instanceof WP_Post ? $post : null;
	}

	/**
	 * Hash of what a publish writes of a gallery post.
	 *
	 * @param WP_Post $post Post.
	 * @return string
	 */
	private static function hash( $post ) {
		return IGNY8_Status::content_hash( $post->post_title, $post->post_content, '' );
	}

	/**
	 * The earlier gallery post, which a snapshot has to hold.
	 *
	 * @return int[]
	 */
	public function touched() {
		return null === $this->existing ? array() : array( $this->existing->ID );
	}

	/**
	 * Saves it: a new one as a draft. An earlier one that is not needed any more goes to the trash.
	 *
	 * @return string The address it will have, or empty when there is none.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	public function save() {
		if ( array() === $this->payload->gallery->overflow ) {
			if ( null !== $this->existing && 'trash' !== $this->existing->post_status && ! wp_trash_post( $this->existing->ID ) ) {
				throw $this->failed( '' );
			}
			return '';
		}
		$this->content = IGNY8_Gallery::block( $this->payload->gallery->overflow, $this->images, false );
		/* translators: %s: title of a post. */
		$title = sprintf( __( '%s - Gallery', 'igny8' ), $this->payload->post['title'] );
		$post  = array(
			'post_title'   => $title,
			'post_content' => $this->content,
		);
		if ( null === $this->existing ) {
			$this->post_id = $this->id_of( wp_insert_post( wp_slash( array_merge( $post, $this->new_post_fields( $title ) ) ), true ) );
		} else {
			$this->post_id = $this->id_of( wp_update_post( wp_slash( array_merge( $post, array( 'ID' => $this->existing->ID ), $this->public_fields(), IGNY8_Post_Writer::TAGS_AS_THEY_ARE ) ), true ) );
			update_post_meta( $this->post_id, self::META, $this->payload->content_id );
			delete_post_meta( $this->post_id, '_wp_trash_meta_status' );
			delete_post_meta( $this->post_id, '_wp_trash_meta_time' );
		}
		IGNY8_Watcher::mark_own( $this->post_id );
		return $this->planned_permalink();
	}

	/**
	 * Makes it public, or future, with the post it belongs to.
	 *
	 * @return string Its address, or empty when there is none.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	public function make_public() {
		if ( 0 === $this->post_id ) {
			return '';
		}
		if ( null === $this->existing ) {
			$this->id_of( wp_update_post( array_merge( array( 'ID' => $this->post_id ), $this->public_fields(), IGNY8_Post_Writer::TAGS_AS_THEY_ARE ), true ) );
		}
		return $this->planned_permalink();
	}

	/**
	 * Reads it back from the database.
	 *
	 * @throws IGNY8_Exception When it is not as it was written.
	 */
	public function read_back() {
		global $wpdb;
		if ( 0 === $this->post_id ) {
			return;
		}
		$content = $wpdb->get_var( $wpdb->prepare( "SELECT p.post_content FROM {$wpdb->posts} p JOIN {$wpdb->postmeta} m ON m.post_id = p.ID WHERE p.ID = %d AND m.meta_key = %s AND m.meta_value = %s", $this->post_id, self::META, $this->payload->content_id ) );
		if ( null === $content || '' === $content ) {
			throw new IGNY8_Exception( 'READBACK_FAILED', __( 'WordPress did not store the gallery post: another plugin may have changed it while saving.', 'igny8' ), 500, 'commit', array( 'missing' => array( 'gallery_post' ) ), true );
		}
	}

	/**
	 * The part of the contract's result that the galleries tell.
	 *
	 * @return array<string,mixed>
	 */
	public function describe() {
		$gallery = $this->payload->gallery;
		return array(
			'gallery_images_skipped'   => count( $gallery->skipped ),
			'gallery_images_inline'    => $gallery->is_grid ? count( $gallery->shown ) : 0,
			'gallery_overflow_post_id' => 0 === $this->post_id ? null : $this->post_id,
			'gallery_overflow_hash'    => 0 === $this->post_id ? null : self::hash( get_post( $this->post_id ) ),
			'gallery_overflow_url'     => 0 === $this->post_id ? null : $this->planned_permalink(),
		);
	}

	/**
	 * Drops it from the object cache.
	 */
	public function forget() {
		foreach ( array_filter( array_merge( $this->touched(), array( $this->post_id ) ) ) as $post_id ) {
			IGNY8_Cleanup::forget_post( $post_id );
		}
	}

	/**
	 * What a new one has beside title and content.
	 *
	 * @param string $title Title.
	 * @return array<string,mixed>
	 */
	private function new_post_fields( $title ) {
		$type   = 'page' === $this->payload->post['type'] ? 'page' : 'post';
		$author = IGNY8_Author::of( $this->payload, true );
		return array_merge(
			array(
				'post_type'   => $type,
				'post_status' => 'draft',
				// A draft has no slug of its own yet, and the other post is to link to this one.
				'post_name'   => wp_unique_post_slug( sanitize_title( $title ), 0, 'publish', $type, 0 ),
				'meta_input'  => array(
					self::META      => $this->payload->content_id,
					// Tells a cleanup after a crash whose post this is, from the first moment.
					'_igny8_run_id' => $this->payload->run_id,
				),
			),
			0 === $author ? array() : array( 'post_author' => $author ),
			IGNY8_Post_Date::of( $this->payload )
		);
	}

	/**
	 * What makes it public.
	 *
	 * @return array<string,mixed>
	 */
	private function public_fields() {
		return array_merge( array( 'post_status' => 'publish' ), IGNY8_Post_Date::of( $this->payload ) );
	}

	/**
	 * The address it has once it is public.
	 *
	 * @return string
	 */
	private function planned_permalink() {
		$post              = clone get_post( $this->post_id );
		$post->post_status = 'publish';
		$post->filter      = 'sample';
		return (string) get_permalink( $post );
	}

	/**
	 * The id, or the error.
	 *
	 * @param int|WP_Error $saved What WordPress answered.
	 * @return int
	 * @throws IGNY8_Exception When it is an error.
	 */
	private function id_of( $saved ) {
		if ( is_int( $saved ) && $saved > 0 ) {
			return $saved;
		}
		throw $this->failed( is_wp_error( $saved ) ? $saved->get_error_message() : '' );
	}

	/**
	 * The error of a gallery post.
	 *
	 * @param string $reason Reason.
	 * @return IGNY8_Exception
	 */
	private function failed( $reason ) {
		/* translators: %s: reason. */
		return new IGNY8_Exception( 'POST_FAILED', trim( sprintf( __( 'WordPress did not save the gallery post. %s', 'igny8' ), $reason ) ), 500, 'content' );
	}
}
