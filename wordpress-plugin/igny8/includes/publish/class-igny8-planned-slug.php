<?php
/**
 * The slug that a publish gives a post.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * WordPress keeps slugs unique within one post type only: a page can take the address of a post. This class finds what
 * holds an address before a publish takes it.
 */
class IGNY8_Planned_Slug {

	/**
	 * Stands for the id of a post that does not exist yet: WordPress makes no permalink without an id.
	 */
	const NO_POST = PHP_INT_MAX;

	/**
	 * How many numbers are tried as a suffix of a slug.
	 */
	const TRIES = 50;

	/**
	 * Slug before a suffix of ours; empty when WordPress makes it from the post's id.
	 *
	 * @var string
	 */
	public $slug;

	/**
	 * Permalink that the post gets; empty when it keeps its own or gets none.
	 *
	 * @var string
	 */
	public $link = '';

	/**
	 * What holds the address already: title, permalink, and edit_url and post_id where known; null when it is free.
	 *
	 * @var array<string,mixed>|null
	 */
	public $holder;

	/**
	 * Whether a person chose the slug, in the app or in WordPress; such a slug is never changed.
	 *
	 * @var bool
	 */
	public $is_chosen;

	/**
	 * The post as it will be stored.
	 *
	 * @var WP_Post
	 */
	private $post;

	/**
	 * Finds what holds the address.
	 *
	 * @param IGNY8_Payload $payload       Payload.
	 * @param WP_Post|null  $existing_post The post to update, or the draft that goes live; null for a new post.
	 */
	public function __construct( $payload, $existing_post ) {
		$sent            = $payload->post;
		$own             = null === $existing_post ? '' : self::slug_of( $existing_post );
		$slug            = '' === $sent['slug'] ? $own : sanitize_title( $sent['slug'] );
		$this->is_chosen = '' !== $slug;
		$this->post      = self::planned_post( $sent, $existing_post );
		$this->slug      = $this->unique( '' === $slug ? sanitize_title( $sent['title'] ) : $slug );
		$this->holder    = '' === $this->slug ? null : $this->holder_of( $this->slug, $existing_post );
	}

	/**
	 * Returns the next slug whose address is free.
	 *
	 * @return string
	 * @throws IGNY8_Exception When none is.
	 */
	public function free_slug() {
		$base = _truncate_post_slug( $this->slug, 195 );
		for ( $number = 2; $number <= self::TRIES; $number++ ) {
			$slug = $this->unique( "$base-$number" );
			if ( null === $this->holder_of( $slug, null ) ) {
				return $slug;
			}
		}
		throw $this->refusal();
	}

	/**
	 * The refusal to take it, for the moment before it would be taken.
	 *
	 * @return IGNY8_Exception
	 */
	public function refusal() {
		return new IGNY8_Exception( 'ADDRESS_TAKEN', IGNY8_Address_Holder::message( $this->holder ), 409, null, $this->holder );
	}

	/**
	 * The slug to write when the post goes live: the wanted one, or the next free one where nobody chose it.
	 *
	 * @param IGNY8_Payload $payload       Payload.
	 * @param WP_Post       $existing_post The post that is updated, or the draft that goes live.
	 * @return array<string,string> The column to write; empty to leave it to WordPress.
	 * @throws IGNY8_Exception When somebody took the address since the checks.
	 */
	public static function column( $payload, $existing_post ) {
		$address = new self( $payload, $existing_post );
		if ( null === $address->holder ) {
			return array();
		}
		if ( $address->is_chosen && ! $address->is_date_of_draft( $existing_post ) ) {
			throw $address->refusal();
		}
		return array( 'post_name' => $address->free_slug() );
	}

	/**
	 * Whether the slug is a number that leads to the archive of a date, and that the draft bears already: WordPress puts a
	 * number behind such a slug only when a post gets it anew, as in the checks.
	 *
	 * @param WP_Post $draft The draft that goes live.
	 * @return bool
	 */
	private function is_date_of_draft( $draft ) {
		return 'draft' === $draft->post_status && ctype_digit( $this->slug ) && ! isset( $this->holder['post_id'] );
	}

	/**
	 * The slug that a post has, or had before it went to the trash.
	 *
	 * @param WP_Post $post Post.
	 * @return string
	 */
	private static function slug_of( $post ) {
		$before = 'trash' === $post->post_status ? (string) get_post_meta( $post->ID, '_wp_desired_post_slug', true ) : '';
		return '' === $before ? $post->post_name : $before;
	}

	/**
	 * The post as it is to be, but for its slug.
	 *
	 * @param array<string,string> $sent          Post of the payload.
	 * @param WP_Post|null         $existing_post The post as it is.
	 * @return WP_Post
	 */
	private static function planned_post( $sent, $existing_post ) {
		$post = null === $existing_post ? new WP_Post( (object) array() ) : clone $existing_post;
		if ( null === $existing_post ) {
			$post->ID          = self::NO_POST;
			$post->post_type   = $sent['type'];
			$post->post_author = (string) get_current_user_id();
			$post->post_date   = '' === $sent['date_gmt'] ? current_time( 'mysql' ) : get_date_from_gmt( $sent['date_gmt'] );
		}
		if ( '' !== $sent['parent'] ) {
			$post->post_parent = (int) $sent['parent'];
		}
		$post->post_status = 'publish';
		$post->filter      = 'raw'; // So that WordPress takes it as it is instead of reading it anew.
		return $post;
	}

	/**
	 * A slug as WordPress would make it when the post goes live.
	 *
	 * @param string $slug Slug.
	 * @return string
	 */
	private function unique( $slug ) {
		return '' === $slug ? '' : wp_unique_post_slug( $slug, $this->post->ID, 'publish', $this->post->post_type, $this->post->post_parent );
	}

	/**
	 * What has the address that a slug gives.
	 *
	 * @param string       $slug          Slug.
	 * @param WP_Post|null $existing_post The post as it is: one that is live may keep its address.
	 * @return array<string,mixed>|null
	 */
	private function holder_of( $slug, $existing_post ) {
		$this->post->post_name = $slug;
		$link                  = (string) get_permalink( $this->post );
		$is_live               = null !== $existing_post && in_array( $existing_post->post_status, array( 'publish', 'private' ), true );
		if ( $is_live && IGNY8_Address_Holder::is_same( (string) get_permalink( $existing_post ), $link ) ) {
			return null;
		}
		$this->link = $link;
		return IGNY8_Address_Holder::find( $slug, $link, $this->post->ID );
	}

}
